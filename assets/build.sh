#!/bin/sh
# Builds what the console serves: sh assets/build.sh [FOLDER]. Needs node; its result is committed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:-$here/../src/cartback/web/console/static}
cd "$here"
[ -d node_modules ] || npm ci --no-audit --no-fund --ignore-scripts --silent
npx --no-install @tailwindcss/cli -i console.css -o "$target/console.css" --minify 2>/dev/null
cp node_modules/htmx.org/dist/htmx.min.js "$target/htmx.js"
