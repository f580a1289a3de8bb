#!/bin/sh
# Makes .venv with everything in requirements.lock and the package itself; does nothing when that is already so.
set -eu
cd "$(dirname "$0")/.."

python=.venv/bin/python
stamp=.venv/installed
wanted="$(pwd -P) $(cat requirements.lock pyproject.toml | cksum)"

fits() { # a Python of 3.11 or newer that can make environments
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for name in ${PYTHON:-python3.13 python3.12 python3.11 python3}; do
        if fits "$name"; then
            command -v "$name"
            return
        fi
    done
    echo "Muster needs Python 3.11 or newer with its venv module; found none as" \
        "${PYTHON:-python3.13, python3.12, python3.11 or python3}." \
        "On Debian and Ubuntu: apt-get install python3 python3-venv. Or name one: PYTHON=/path/to/python3 make." >&2
    exit 2
}

if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    exit 0
fi
if ! fits "$python" || ! grep -q "^command = .* $(pwd -P)/.venv\$" .venv/pyvenv.cfg 2>/dev/null; then
    found="$(find_python)"
    echo "Making .venv with $found" >&2
    "$found" -m venv --clear .venv
fi
rm -f "$stamp"
echo "Installing requirements.lock (a minute the first time)" >&2
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_ROOT_USER_ACTION=ignore
# The lock is the whole closure: each file is checked against its hash, nothing is resolved, nothing else is fetched.
"$python" -m pip install --quiet --no-deps --require-hashes -r requirements.lock
"$python" -m pip install --quiet --no-deps --no-build-isolation --editable .
"$python" -m pip check >&2
echo "$wanted" >"$stamp"
