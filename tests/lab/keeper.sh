#!/bin/sh
# Removes what a lab left on this machine as soon as standard input ends, that is when the lab was
# disposed of or its process is gone, however it ended: keeper.sh ID
set -u
id=$1
# Ctrl-C reaches every process of the terminal, and this one has to outlive the others.
trap '' INT TERM HUP
cat >/dev/null
for namespace in $(ip netns list | sed -n "s/^\(peat-$id-[0-9]*\).*/\1/p"); do
  for pid in $(ip netns pids "$namespace"); do
    kill -KILL "$pid" 2>/dev/null
  done
  ip netns delete "$namespace"
done
rm -rf -- "/tmp/peat-lab-$id"
