#!/bin/sh
# Builds the page into the directory that is named. Fails where Node.js or its packages are missing.
set -eu
output=$1
cd "$(dirname "$0")"
command -v node >/dev/null && command -v npm >/dev/null
mkdir -p "$(dirname "$output")"
# Projects are built side by side: one installs, the others wait.
exec 9>"$(dirname "$output")/page.lock"
flock 9
if [ ! -d node_modules ] || [ package-lock.json -nt node_modules ]; then
  npm ci --no-audit --no-fund --ignore-scripts
  touch node_modules
fi
npx --no-install tsc --noEmit
npx --no-install vite build --outDir "$output" --emptyOutDir
node compress.mjs "$output"
