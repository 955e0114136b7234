#!/bin/sh
# Writes requirements/*.txt: every dependency, pinned and hashed, for Python 3.11 and newer on
# any system. Run it after changing a dependency in pyproject.toml; `sh scripts/lock.sh --upgrade`
# moves everything to the newest release.
set -eu
cd "$(dirname "$0")/.."

workshop=$(mktemp -d)
trap 'rm -rf "$workshop"' EXIT
"${PYTHON:-python3}" -m venv "$workshop"
"$workshop/bin/python" -m pip install --quiet uv

lock() { # lock NAME OPTION...
    name=$1
    shift
    "$workshop/bin/uv" pip compile pyproject.toml --no-config --quiet \
        --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links \
        --custom-compile-command "sh scripts/lock.sh" \
        --all-extras --group build "$@" --output-file "requirements/$name.txt"
}

lock dev --group dev "$@"
lock run --constraints requirements/dev.txt
