#!/usr/bin/env bash
# Runs the contracts of the store as the last release has them, with its code, on the schema of this version: what a rolling upgrade needs.
set -euo pipefail
cd "$(dirname "$0")/.."
tag=$(git tag --list 'v*' --merged HEAD --sort=-version:refname | sed -n 1p)
[ -n "$tag" ] || { echo 'There is no release yet.'; exit 0; }
release=$(mktemp -d)
trap 'rm -rf "$release"' EXIT
git archive "$tag" | tar -x -C "$release"
rm -r "$release/migrations"
cp -r migrations "$release/migrations"
if cmp -s package-lock.json "$release/package-lock.json"; then
  ln -s "$PWD/node_modules" "$release/node_modules"
else
  (cd "$release" && npm ci)
fi
echo "The code of $tag on the schema of $(git describe --always --dirty):"
cd "$release"
npm test -- test/contracts/sqlite-store.test.ts test/contracts/postgres-store.test.ts
