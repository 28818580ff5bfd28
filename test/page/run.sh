#!/usr/bin/env bash
# Tests the page of `jflow ui` in Chromium. `CHROMIUM` names the program. Where Chromium is missing,
# root installs the package of Debian. Where that is not possible, the tests are left out, and the
# script says so.
set -euo pipefail
cd "$(dirname "$0")/../.."
CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [ -z "$CHROMIUM" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "page: installing Chromium"
  (apt-get install -y -q --no-install-recommends chromium \
    || (apt-get update -q && apt-get install -y -q --no-install-recommends chromium)) >/dev/null 2>&1 || true
  CHROMIUM=$(command -v chromium || true)
fi
if [ -z "$CHROMIUM" ]; then
  echo "page: LEFT OUT: Chromium was not found (CHROMIUM names it)"
  exit 0
fi
export CHROMIUM
exec npx vitest run --config .config/page.config.ts
