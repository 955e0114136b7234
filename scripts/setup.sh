#!/bin/sh
# Makes .venv ready to work: sh scripts/setup.sh run|dev
# Says in one sentence what is missing, if something is. Does nothing when nothing has changed.
set -eu
cd "$(dirname "$0")/.."

wanted=$1
PYTHON=${PYTHON:-} # the Python to use, if you mind
venv=.venv
lock=requirements/$wanted.txt
stamp=$venv/.ready-$wanted

stop() {
    echo "cartback: $1" >&2
    exit 1
}

# What the environment was made from: the lock, the project's own metadata, and the place.
fingerprint() {
    cat "$lock" pyproject.toml | cksum
    pwd
}

if [ -x "$venv/bin/python" ] && [ -f "$stamp" ] && [ "$(fingerprint)" = "$(cat "$stamp")" ]; then
    exit 0
fi

if command -v apt-get >/dev/null 2>&1; then
    install="apt-get install"
    [ "$(id -u)" = 0 ] || install="sudo $install"
elif command -v dnf >/dev/null 2>&1; then
    install="sudo dnf install"
elif command -v brew >/dev/null 2>&1; then
    install="brew install"
elif [ "$(uname -s)" = Darwin ]; then
    install=xcode-select
else
    install=
fi

# how_to_get PACKAGE [PACKAGE on macOS without Homebrew]
how_to_get() {
    case $install in
    xcode-select) echo "$2" ;;
    "") echo "install $1 with your system's package manager" ;;
    *) echo "$install $1" ;;
    esac
}

command -v git >/dev/null 2>&1 ||
    stop "git is missing; get it with: $(how_to_get git 'xcode-select --install')"

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

can_make_environments() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

# The Python you name, or the first that is new enough and whole.
find_python() {
    python=
    without_venv=
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        new_enough "$candidate" || continue
        if can_make_environments "$candidate"; then
            python=$candidate
            return
        fi
        without_venv=${without_venv:-$candidate}
    done
    if [ -n "$without_venv" ]; then
        version=$("$without_venv" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        stop "Python $version is here but its venv module is missing; get it with: $(how_to_get "python$version-venv" "install Python from python.org")"
    fi
    [ -z "$PYTHON" ] || stop "$PYTHON is not a Python 3.11 or newer; name another, or none"
    case $install in
    brew*) package=python@3.13 ;;
    *dnf*) package=python3.13 ;;
    *) # An old python3 means an old system: there the newer one is a package of its own.
        package="python3 python3-venv"
        ! command -v python3 >/dev/null 2>&1 || package="python3.11 python3.11-venv"
        ;;
    esac
    stop "Python 3.11 or newer is missing; get it with: $(how_to_get "$package" "install Python from python.org")"
}

if ! new_enough "$venv/bin/python"; then
    find_python
    echo "Making $venv with $("$python" --version) ..."
    rm -rf "$venv"
    "$python" -m venv --without-pip "$venv"
fi
"$venv/bin/python" -m pip --version >/dev/null 2>&1 ||
    "$venv/bin/python" -m ensurepip --default-pip >/dev/null

echo "Installing $(grep -c == "$lock") pinned packages into $venv (once; under a minute) ..."
rm -f "$stamp"
pip="$venv/bin/python -m pip --disable-pip-version-check"
$pip install --quiet --require-hashes -r "$lock"
$pip install --quiet --no-deps --no-build-isolation -e .
fingerprint >"$stamp"
