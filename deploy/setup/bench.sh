#!/usr/bin/env bash
# Benchmarks; see each package's benches/ for what stands beside them.
set -euo pipefail
cd "$(dirname "$0")/../.."
deploy/setup/tools.sh test
export HENGLIAN_PYTHON="$PWD/.env-tools/python/bin/python"
cargo bench --workspace "$@"
