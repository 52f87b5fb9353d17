#!/usr/bin/env bash
# Builds the web workbench when its sources are newer than the last build.
set -euo pipefail
cd "$(dirname "$0")/../../portal/web"
stamp() { find src index.html package.json package-lock.json vite.config.ts tsconfig.json generate.mjs ../openapi.json -type f ! -name schema.d.ts -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1; }
want=$(stamp)
if [ -f dist/index.html ] && [ "$(cat dist/.sources 2>/dev/null)" = "$want" ]; then
  exit 0
fi
command -v npm >/dev/null || { echo "npm is missing: install Node.js 20 or newer (Debian: apt-get install nodejs npm)" >&2; exit 1; }
echo "web workbench: installing packages and building …"
[ -d node_modules ] && [ node_modules/.package-lock.json -nt package-lock.json ] || npm ci --no-audit --no-fund --loglevel=error
npm run --silent build
echo "$want" > dist/.sources
