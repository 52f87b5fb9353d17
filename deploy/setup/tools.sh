#!/usr/bin/env bash
# Installs what a build (`build`) or the tests (`test`) need, and nothing that is there already.
set -euo pipefail
cd "$(dirname "$0")/../.."
what=${1:-build}

need_program() { # PROGRAM DEBIAN-PACKAGE
  command -v "$1" >/dev/null 2>&1 || packages+=("$2")
}
packages=()
need_program cc gcc
need_program make make
if [ "$what" = test ]; then
  need_program mosquitto mosquitto
  need_program mosquitto_pub mosquitto-clients
  need_program socat socat
  need_program chromium chromium
  # Debian 12 has PostgreSQL 15, later ones a later one: `postgresql` is the newest that the system has.
  compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || packages+=(postgresql)
  fc-list :lang=zh 2>/dev/null | grep -q . || packages+=(fonts-noto-cjk)
  python3 -m venv --help >/dev/null 2>&1 || packages+=(python3-venv)
fi
if [ ${#packages[@]} -gt 0 ]; then
  echo "installing Debian packages: ${packages[*]}"
  sudo=""
  [ "$(id -u)" = 0 ] || sudo="sudo"
  export DEBIAN_FRONTEND=noninteractive
  $sudo apt-get update -qq
  $sudo apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

if [ "$what" = test ]; then
  # Foreign instruments and oracles from PyPI, in a venv of our own.
  wanted=$(sha256sum deploy/setup/requirements.txt | cut -d' ' -f1)
  if [ "$(cat .env-tools/python.stamp 2>/dev/null)" != "$wanted" ]; then
    echo "installing Python peers into .env-tools/python"
    mkdir -p .env-tools
    rm -rf .env-tools/python
    python3 -m venv .env-tools/python
    .env-tools/python/bin/pip install --quiet --disable-pip-version-check -r deploy/setup/requirements.txt
    echo "$wanted" > .env-tools/python.stamp
  fi
fi
