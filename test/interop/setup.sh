#!/usr/bin/env bash
# Makes the two Python environments of the suite (stock Jina with docarray v1 and with docarray v2) under node_modules/.cache/interop, from the
# pinned versions next to this file. Does nothing where they are up to date. Where Python 3.11 or its package index cannot be had it says so, writes
# the reason to node_modules/.cache/interop/left-out and ends with 0: the suite then says the same and runs nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."
home=node_modules/.cache/interop
lists=test/interop/python
mkdir -p "$home"
rm -f "$home/left-out"

leave_out() {
  echo "interop: LEFT OUT: $1" | tee "$home/left-out"
  exit 0
}

python=""
for candidate in "${INTEROP_PYTHON:-}" python3.11 python3; do
  [ -n "$candidate" ] || continue
  if "$candidate" -c 'import sys, venv; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
[ -n "$python" ] || leave_out "no Python 3.11 with venv was found (INTEROP_PYTHON names one)"

for format in v1 v2; do
  place="$home/docarray-$format"
  wanted=$(cat "$lists/requirements.txt" "$lists/requirements-$format.txt" | cksum)
  if [ "$(cat "$place/made-from" 2>/dev/null || true)" = "$wanted" ]; then continue; fi
  echo "interop: making $place"
  rm -rf "$place"
  "$python" -m venv "$place" || leave_out "python -m venv failed"
  "$place/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$lists/requirements-$format.txt" \
    || leave_out "pip could not install $lists/requirements-$format.txt: is the package index reachable?"
  echo "$wanted" > "$place/made-from"
done
