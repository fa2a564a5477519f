#!/usr/bin/env bash
# Installs what end-to-end tests use beyond Deno: network namespaces, a C compiler for the network
# lab's hub, certificates seen from outside, the shells that completions are for, and Serf to compare
# with. Without root or apt the tests that need one are skipped.
set -eu -o pipefail

packages=()
command -v ip >/dev/null || packages+=(iproute2)
command -v cc >/dev/null || packages+=(gcc libc6-dev)
command -v openssl >/dev/null || packages+=(openssl)
command -v zsh >/dev/null || packages+=(zsh)
command -v fish >/dev/null || packages+=(fish)
command -v serf >/dev/null || packages+=(serf)

if [ ${#packages[@]} -eq 0 ]; then
  echo "nothing to install"
elif [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "not installed, needs root and apt: ${packages[*]}"
else
  export DEBIAN_FRONTEND=noninteractive
  # The package would start an agent on the machine's own network.
  ! command -v systemctl >/dev/null || systemctl mask --quiet serf.service
  apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}" ||
    echo "not installed, apt failed: ${packages[*]}"
fi
