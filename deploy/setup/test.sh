#!/usr/bin/env bash
# Every test: Rust (unit, integration, whole system, foreign instruments), web units, browser story.
set -euo pipefail
cd "$(dirname "$0")/../.."
deploy/setup/tools.sh test
export HENGLIAN_PYTHON="$PWD/.env-tools/python/bin/python"
deploy/setup/web.sh
# The kill test starts and kills the real programs.
cargo build --quiet --workspace --bins
if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run --workspace "$@"
else
  cargo test --workspace "$@"
fi
# A rounded number that could be rounded again must not compile: nextest does not run these.
cargo test --quiet --doc --package numbers --package uncertainty --package estimation --package verification
(cd portal/web && npm test --silent)
tests/browser/run.sh
