#!/bin/sh
# The browser tests drive a real Chromium: installs Debian's where there is none and we may.
set -eu

command -v chromium >/dev/null 2>&1 && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing chromium for the browser tests (about 100 MB)"
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium >/dev/null
else
    echo "No chromium here: the browser tests will be skipped (in CI they fail)" >&2
fi
