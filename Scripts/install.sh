#!/usr/bin/env bash
# Installs what building (build), testing (python, clients) and measuring (bench) need and this machine lacks.
# Nothing is asked of a package registry when everything is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

missing=()

# lacks COMMAND... : whether the command that proves a package's presence fails
lacks() { ! "$@" >/dev/null 2>&1; }

# need PACKAGE COMMAND... : the Debian package is missing when the command fails
need() { if lacks "${@:2}"; then missing+=("$1"); fi; }

find_missing() {
  case "$1" in
    build)
      if lacks command -v swift; then
        echo "Parley is built with Swift 6.2 or newer, and there is no swift in PATH" >&2
        exit 1
      fi
      need git command -v git
      need pkg-config command -v pkg-config
      need g++ command -v g++
      need libsqlite3-dev test -e /usr/include/sqlite3.h
      need libxml2-dev test -e /usr/include/libxml2/libxml/parser.h
      need libhpdf-dev test -e /usr/include/hpdf.h
      need fonts-dejavu-core test -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
      need libcurl4 ldconfig_has libcurl.so.4
      ;;
    python)
      need python3 command -v python3
      need python3-venv python3 -c "import venv, ensurepip"
      ;;
    clients)
      # The clients of other trackers that the tests run, unmodified.
      need perl command -v perl
      need rt5-clients command -v rt
      need librt-client-rest-perl perl -MRT::Client::REST -e 1
      ;;
    bench) need wrk command -v wrk ;;
    *) echo "install.sh: build, python, clients or bench, not '$1'" >&2; exit 2 ;;
  esac
}

# ldconfig_has LIBRARY : SwiftPM itself fetches with libcurl
ldconfig_has() { PATH="$PATH:/sbin:/usr/sbin" ldconfig -p | grep -q "$1"; }

install_packages() {
  local as_root=()
  if lacks command -v apt-get; then
    echo "please install: ${missing[*]}" >&2
    exit 1
  fi
  if [ "$(id -u)" != 0 ]; then as_root=(sudo); fi
  echo "installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}"
}

# The virtual environment is made anew when the requirements or the interpreter changed.
install_environment() {
  local wanted
  wanted="$(python3 --version) $(cksum <Scripts/requirements.txt) $PWD"
  if [ "$(cat .venv/made-of 2>/dev/null)" = "$wanted" ]; then return; fi
  echo "making .venv"
  rm -rf .venv
  python3 -m venv .venv
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r Scripts/requirements.txt
  echo "$wanted" >.venv/made-of
}

for part in "$@"; do find_missing "$part"; done
if [ ${#missing[@]} != 0 ]; then install_packages; fi
for part in "$@"; do
  if [ "$part" = python ]; then install_environment; fi
done
