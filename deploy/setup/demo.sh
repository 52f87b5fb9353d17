#!/usr/bin/env bash
# Builds what the demo needs, then runs it. Everything stays in ./data/demo and on 127.0.0.1.
set -euo pipefail
cd "$(dirname "$0")/../.."
command -v cargo >/dev/null || { echo "cargo is missing: install Rust with rustup, then try again" >&2; exit 1; }
echo "[1/3] programs and web workbench"
deploy/setup/tools.sh build
deploy/setup/web.sh
echo "[2/3] building (the first time takes some minutes on two cores)"
cargo build --package deploy --bin demo
echo "[3/3] starting"
exec "${CARGO_TARGET_DIR:-target}/debug/demo" "$@"
