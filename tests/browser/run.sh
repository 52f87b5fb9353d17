#!/usr/bin/env bash
# The browser story, against the real demo on free ports, in Debian's Chromium.
set -euo pipefail
cd "$(dirname "$0")"
chromium=$(command -v chromium || true)
if [ -z "$chromium" ]; then
  echo "browser story: no chromium on PATH; apt-get install chromium, or run make tools" >&2
  [ "${HENGLIAN_ALLOW_MISSING:-}" = 1 ] || exit 1
  echo "SKIPPED browser story"
  exit 0
fi
[ -d node_modules ] && [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund --loglevel=error
(cd ../.. && cargo build --quiet --package deploy --bin demo --bin henglian)
CHROMIUM="$chromium" npm test --silent
