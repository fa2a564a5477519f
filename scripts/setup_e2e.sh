#!/usr/bin/env bash
# Installs what end-to-end tests use beyond Deno: network namespaces, a C compiler for the network
# lab's hub, certificates seen from outside, the shells that completions are for, Serf, iperf3 and
# etcd to compare with, and Avahi to find and be found by. Without root or apt the tests that need
# one are skipped.
set -eu -o pipefail

packages=()
command -v ip >/dev/null || packages+=(iproute2)
command -v cc >/dev/null || packages+=(gcc libc6-dev)
command -v openssl >/dev/null || packages+=(openssl)
command -v zsh >/dev/null || packages+=(zsh)
command -v fish >/dev/null || packages+=(fish)
command -v iperf3 >/dev/null || packages+=(iperf3)
services=()
command -v serf >/dev/null || { packages+=(serf) && services+=(serf.service); }
command -v etcd >/dev/null || { packages+=(etcd-server) && services+=(etcd.service); }
command -v avahi-browse >/dev/null && command -v avahi-daemon >/dev/null || {
  packages+=(avahi-daemon avahi-utils)
  command -v avahi-daemon >/dev/null || services+=(avahi-daemon.service avahi-daemon.socket)
}

if [ ${#packages[@]} -eq 0 ]; then
  echo "nothing to install"
elif [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "not installed, needs root and apt: ${packages[*]}"
else
  export DEBIAN_FRONTEND=noninteractive
  # The packages would start their daemons on the machine's own network.
  if command -v systemctl >/dev/null && [ ${#services[@]} -gt 0 ]; then
    systemctl mask --quiet "${services[@]}"
  fi
  apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}" ||
    echo "not installed, apt failed: ${packages[*]}"
fi
