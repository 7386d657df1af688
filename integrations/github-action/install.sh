#!/usr/bin/env bash
# Install refs, from the checkout that holds this action, into an environment of its own, and put it on the path.
set -euo pipefail

environment=$RUNNER_TEMP/refs
"${INPUT_PYTHON:-python3}" -m venv "$environment"
bin=$environment/bin
[ -d "$bin" ] || bin=$environment/Scripts
"$bin/python" -m pip install --quiet --disable-pip-version-check "$(cd "$(dirname "$0")/../.." && pwd)"
printf '%s\n' "$bin" >> "$GITHUB_PATH"
