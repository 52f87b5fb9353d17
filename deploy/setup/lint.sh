#!/usr/bin/env bash
# Formatting, clippy and the web's types.
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo fmt --all --check
cargo clippy --workspace --all-targets --quiet -- -D warnings
deploy/setup/web.sh
(cd portal/web && npm run --silent check)
