# docker build -t stamp-pool .     Debian and the npm registry only: Node 24 comes from npm. scripts/test-image.sh runs these steps without Docker.
FROM debian:bookworm-slim AS npm
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates npm && rm -rf /var/lib/apt/lists/*
RUN npm install --prefix /opt/node npm@11 node-linux-$(dpkg --print-architecture | sed s/amd64/x64/)@24 && ln -s /opt/node/node_modules/node-linux-*/bin/node /opt/node/node_modules/npm/bin/npm-cli.js /usr/local/bin/ && mv /usr/local/bin/npm-cli.js /usr/local/bin/npm
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY scripts/link-node.cjs scripts/

FROM npm AS dependencies
RUN npm ci --omit=dev

FROM npm AS dashboard
RUN npm ci
COPY . .
RUN npm run build:dashboard && npm run build:service

FROM debian:bookworm-slim
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=dashboard /app/dist dist
COPY package.json LICENSE ./
COPY bin bin
COPY scripts scripts
COPY migrations migrations
COPY src src
RUN ln -s /app/bin/stamp-pool.cjs /usr/local/bin/stamp-pool && useradd --uid 10001 --user-group --no-create-home --home-dir / --shell /usr/sbin/nologin stamp-pool && mkdir /data && chown 10001:10001 /data
ENV PATH=/app/node_modules/.bin:/usr/local/bin:/usr/bin:/bin NODE_ENV=production HOST=0.0.0.0 PORT=8000 DATABASE_URL=file:/data/stamp-pool.db SQLITE_TMPDIR=/data
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["node", "/app/scripts/container-health.cjs"]
CMD ["node", "--disable-sigusr1", "dist/service/main.js"]
