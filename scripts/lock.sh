#!/bin/sh
# Resolves pyproject.toml into requirements.lock (everything) and requirements-runtime.lock (what an image installs).
# Pins that still fit are kept; `scripts/lock.sh --upgrade` takes the newest. Needs uv on the PATH.
set -eu
cd "$(dirname "$0")/.."
compile() {
    uv pip compile pyproject.toml --quiet --generate-hashes --universal --python-version 3.11 \
        --no-emit-index-url --no-annotate --no-header "$@"
}
compile "$@" --extra dev --output-file requirements.lock
# The runtime lock may not drift from the full one: it is resolved under its pins.
compile --extra build --constraint requirements.lock --output-file requirements-runtime.lock
