#!/bin/sh
# Builds what the console serves: sh assets/build.sh [FOLDER]. Needs node; its result is committed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:-$here/../src/cartback/web/console/static}
cd "$here"
# Not `npm ci`: it refuses a lock without the packages of other systems, which a mirror may lack.
[ -d node_modules ] || npm install --no-save --no-audit --no-fund --ignore-scripts --silent
npx --no-install @tailwindcss/cli -i console.css -o "$target/console.css" --minify 2>/dev/null
cp node_modules/htmx.org/dist/htmx.min.js "$target/htmx.js"
