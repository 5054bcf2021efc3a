#!/usr/bin/env bash
# Runs the steps of the Dockerfile without Docker, in a chroot made from Debian alone, then starts the result as PID 1 with a read-only root,
# one writable volume and no privileges. Needs root, mmdebstrap and bubblewrap (Debian packages): npm run test:image [-- directory for the images]
set -euo pipefail
cd "$(dirname "$0")/.."
work=${1:-$(mktemp -d)}
mkdir -p "$work"
chmod 755 "$work" # the user of the image must reach it
readonly work context="$work/context" base="$work/base.tar"
[ "$(id -u)" = 0 ] || { echo 'test-image: needs root'; exit 2; }
for tool in mmdebstrap bwrap curl; do command -v "$tool" >/dev/null || { echo "test-image: install the Debian package of $tool"; exit 2; }; done

# The files that .dockerignore lets through, as they are committed.
mkdir -p "$context"
git archive HEAD .npmrc LICENSE bin dashboard migrations package-lock.json package.json schema.graphql scripts src tsconfig.json | tar -x -C "$context"
# FROM debian:bookworm-slim
[ -f "$base" ] || mmdebstrap --quiet --variant=minbase bookworm "$base" 'deb http://deb.debian.org/debian bookworm main'

# Runs a command of a stage, as RUN does. The network of this machine, with its certificates, is what a build has.
run_in() {
  local stage=$1 directory=$2 command=$3
  echo "  RUN $command"
  bwrap --bind "$stage" / --dev /dev --proc /proc --perms 1777 --tmpfs /tmp --tmpfs /run --ro-bind /etc/resolv.conf /etc/resolv.conf \
    --ro-bind /etc/ssl/certs/ca-certificates.crt /run/host-certificates.crt --unshare-pid --die-with-parent --clearenv \
    --setenv PATH /usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin --setenv HOME /root --setenv DEBIAN_FRONTEND noninteractive \
    --setenv NODE_EXTRA_CA_CERTS /run/host-certificates.crt --setenv npm_config_cafile /run/host-certificates.crt \
    --chdir "$directory" sh -c "$command"
}

# A stage is a directory. Each line of the Dockerfile is one of FROM, WORKDIR, COPY, RUN, ENV, USER and so on, without continuations.
declare -A env
stage= workdir=/ user= command=()
while IFS= read -r line; do
  read -r instruction rest <<<"$line"
  case $instruction in
    FROM)
      read -r source _ name <<<"$rest"
      stage="$work/stage-${name:-final}" workdir=/
      echo "FROM $source -> $stage"
      rm -rf "$stage"
      if [ -d "$work/stage-$source" ]; then cp -a --reflink=auto "$work/stage-$source" "$stage"; else mkdir "$stage"; tar -x -C "$stage" -f "$base"; fi
      [ -d "$stage/app" ] && workdir=/app
      ;;
    WORKDIR) workdir=$rest; mkdir -p "$stage$workdir" ;;
    RUN) run_in "$stage" "$workdir" "$rest" ;;
    COPY)
      from=$context
      if [[ $rest == --from=* ]]; then from="$work/stage-${rest%% *}"; from=${from/--from=/}; rest=${rest#* }; fi
      read -ra paths <<<"$rest"
      target=${paths[-1]}
      [[ $target == /* ]] || target="$workdir/$target"
      for path in "${paths[@]::${#paths[@]}-1}"; do
        if [ -d "$from/$path" ]; then mkdir -p "$stage$target"; cp -a "$from/$path/." "$stage$target/"; else if [[ $target == */ ]]; then mkdir -p "$stage$target"; fi; cp -a "$from/$path" "$stage$target"; fi
      done
      ;;
    ENV) for pair in $rest; do env[${pair%%=*}]=${pair#*=}; done ;;
    USER) user=$rest ;;
    CMD) readarray -t command < <(grep -o '"[^"]*"' <<<"$rest" | tr -d '"') ;;
    HEALTHCHECK) health=$(sed 's/.*CMD //' <<<"$rest" | tr -d '[]",') ;;
  esac
done < <(grep -vE '^(#|$)' Dockerfile)

readonly image="$work/stage-final" volume="$work/volume"
echo "the image takes $(du -sm --exclude=proc "$image" | cut -f1) MB, node_modules $(du -sm "$image/app/node_modules" | cut -f1) MB of it"
rm -rf "$volume"
cp -a "$image/data" "$volume"

# Runs a command in the image: read-only root, the volume, no capabilities, its own processes and user.
options=(--ro-bind "$image" / --dev /dev --proc /proc --bind "$volume" /data --unshare-pid --unshare-ipc --unshare-uts --as-pid-1 --die-with-parent
  --cap-drop ALL --clearenv --chdir /app)
for name in "${!env[@]}"; do options+=(--setenv "$name" "${env[$name]}"); done
in_image() { setpriv --reuid "${user%%:*}" --regid "${user##*:}" --clear-groups --no-new-privs bwrap --unshare-user "${options[@]}" "$@"; }

readonly port=${PORT:-18123}
options+=(--setenv PORT "$port")
# bubblewrap has a process of its own around the service.
last_child() {
  local child
  child=$(pgrep -P "$1" | head -n 1) || true
  if [ -n "$child" ]; then last_child "$child"; else echo "$1"; fi
}
fail() { echo "test-image: $*"; exit 1; }

in_image sh -c 'touch /app/x 2>/dev/null' && fail 'the root is writable'
in_image sh -c 'touch /data/x && rm /data/x' || fail 'the volume is not writable'
echo 'without a token: refuses to listen on all addresses'
status=0; in_image "${command[@]}" >"$work/refused.log" 2>&1 || status=$?
[ "$status" = 78 ] || fail "exit code $status instead of 78: $(cat "$work/refused.log")"
in_image stamp-pool token create --name operator --scope read --scope acquire --scope maintain >"$work/token.txt"

echo 'with one: serves'
in_image "${command[@]}" >"$work/service.log" 2>&1 &
readonly outer=$!
trap 'kill -KILL "$(last_child "$outer")" 2>/dev/null || true' EXIT
for _ in $(seq 300); do
  curl -sf "http://127.0.0.1:$port/livez" >/dev/null && break
  kill -0 "$outer" 2>/dev/null || fail "it has ended: $(cat "$work/service.log")"
  sleep 0.2
done
curl -sf "http://127.0.0.1:$port/readyz" >/dev/null || fail 'it is not ready'
curl -s -H 'Accept: text/html' "http://127.0.0.1:$port/" | grep -q '<script' || fail 'the dashboard is not in the image'
[ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/api/v1/pool/status")" = 401 ] || fail 'a request without a token is answered'
in_image $health || fail 'the health check of the image fails'
readonly pid=$(last_child "$outer")
grep -q '^NSpid:.*\b1$' "/proc/$pid/status" || fail "it is not PID 1: $(grep NSpid "/proc/$pid/status")"
[ "$(awk '/^Uid/ {print $2}' "/proc/$pid/status")" = "${user%%:*}" ] || fail 'it runs as another user'
[ "$(awk '/^CapEff/ {print $2}' "/proc/$pid/status")" = 0000000000000000 ] || fail 'it has capabilities'

started=$(date +%s%N)
kill -TERM "$pid"
status=0; wait "$outer" || status=$?
trap - EXIT
elapsed=$((($(date +%s%N) - started) / 1000000))
[ "$status" = 0 ] || fail "exit code $status after SIGTERM"
[ "$elapsed" -lt 1000 ] || fail "SIGTERM took $elapsed ms"
grep -q '"msg":"stopped"' "$work/service.log" || fail 'it was not stopped gracefully'
echo "SIGTERM: ended after $elapsed ms, exit code 0"
in_image ls -l /data
[ -n "${1:-}" ] || rm -rf "$work"
echo 'The image works.'
