# The virtual environment that scripts/demo and scripts/test share: made once, then kept equal to its lock. Sourced, not run.

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    local name
    for name in python3.11 python3.12 python3.13 python3.14 python3 python; do
        if command -v "$name" >/dev/null && is_new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
    fail "Tallystick needs Python 3.11 or newer, and none was found. On Debian or Ubuntu: apt-get install python3 python3-venv"
}

digest() {
    local python=$1 lock=$2
    "$python" -c 'import hashlib, sys; print(*(hashlib.sha256(open(name, "rb").read()).hexdigest() for name in sys.argv[1:]))' \
        "$lock" setup.cfg pyproject.toml
}

make_virtual_environment() {
    local python=$1
    if [ -d .venv ] && [ "$(cat .venv/made-for 2>/dev/null || pwd)" = "$(pwd)" ] && .venv/bin/python -m pip --version >/dev/null 2>&1; then
        is_new_enough .venv/bin/python || fail "$(pwd)/.venv holds a Python older than 3.11. Remove that folder and run this again."
        return
    fi
    echo "Making a virtual environment in .venv"
    "$python" -m venv --clear .venv ||
        fail "Python could not make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv"
    pwd >.venv/made-for
}

# install LOCK STAMP OTHER_STAMP: what LOCK holds and nothing else, by hash, then the project itself, in place.
install() {
    local lock=$1 stamp=$2 other_stamp=$3
    rm -f "$stamp" "$other_stamp"
    echo "Installing what $lock names into .venv (this happens once)"
    .venv/bin/python -m pip install -qq --progress-bar off --require-hashes -r "$lock" ||
        fail "pip could not install what $lock names. Without a network, name a folder of wheels:" \
            "PIP_NO_INDEX=1 PIP_FIND_LINKS=/that/folder $0"
    .venv/bin/python -m pip install -qq --progress-bar off --no-build-isolation --no-deps --no-index -e . ||
        fail "pip could not install the project from $(pwd)."
}

set_up_for_running() {
    local python wanted
    python=$(find_python) || exit 1
    make_virtual_environment "$python"
    wanted=$(digest "$python" requirements.lock)
    [ "$(cat .venv/run-time-stamp 2>/dev/null)" = "$wanted" ] && return
    install requirements.lock .venv/run-time-stamp .venv/development-stamp
    echo "$wanted" >.venv/run-time-stamp
}

# The development lock holds all of the run-time lock, so it leaves both stamps.
set_up_for_testing() {
    local python wanted
    python=$(find_python) || exit 1
    make_virtual_environment "$python"
    wanted=$(digest "$python" requirements-dev.lock)
    [ "$(cat .venv/development-stamp 2>/dev/null)" = "$wanted" ] && return
    install requirements-dev.lock .venv/development-stamp .venv/run-time-stamp
    digest "$python" requirements.lock >.venv/run-time-stamp
    echo "$wanted" >.venv/development-stamp
}
