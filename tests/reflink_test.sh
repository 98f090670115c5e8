#!/usr/bin/env bash
# On a file system whose files can share bytes, an output shares those of its input where both lie
# alike in their blocks. Tried on a btrfs in a file; where this machine does not let us mount one
# (no root, no loop device, no btrfs) that is said, and nothing is claimed.
#
#   tests/reflink_test.sh CKPT BENCH_FOLDER
set -euo pipefail
ckpt=$1
bench=$2
folder=$(mktemp -d)
trap 'cd /; umount "$folder/mounted" 2>/dev/null || true; rm -rf "$folder"' EXIT

not_applicable() {
  echo "not applicable here: $1"
  exit 0
}

for program in mkfs.btrfs filefrag python3; do
  command -v "$program" >/dev/null || PATH=$PATH:/usr/sbin:/sbin
  command -v "$program" >/dev/null || not_applicable "no $program"
done
[ "$(id -u)" = 0 ] || not_applicable "only root mounts"
truncate -s 400M "$folder/image"
mkfs.btrfs -q "$folder/image" >/dev/null
mkdir "$folder/mounted"
mount -o loop "$folder/image" "$folder/mounted" 2>/dev/null || not_applicable "mount refuses"
cd "$folder/mounted"

PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$bench python3 -c '
import torch_format
torch_format.save({"a": (4096, 1024), "b": (2048, 1024)}, "model.pt", 0, dict)'
mkdir written
"$ckpt" remap -q model.pt --add-prefix module. -o written/model.pt  # as torch would
mv written/model.pt model.pt
sync model.pt

shared_mib() {  # FILE: how much of it other files have too
  sync "$1"
  filefrag -v "$1" | awk '/shared/ {gsub(/:/, "", $6); blocks += $6} END {print int(blocks / 256)}'
}

expect_shared() {  # WHAT FILE
  local mib
  mib=$(shared_mib "$2")
  [ "$mib" -ge 22 ] || { echo "$1: $mib of 24 MiB are shared"; exit 1; }
  echo "$1: $mib of 24 MiB are shared"
}

# Outputs have the name of the input: the records are named after the file.
mkdir renamed same shorter again
"$ckpt" remap -q model.pt --map 'module.*=>modula.*' -o renamed/model.pt
expect_shared "names of the same length" renamed/model.pt
"$ckpt" filter -q model.pt --keep '**' -o same/model.pt
cmp model.pt same/model.pt
expect_shared "an edit that changes nothing" same/model.pt
"$ckpt" remap -q model.pt --strip-prefix module. -o shorter/model.pt
"$ckpt" remap -q shorter/model.pt --add-prefix module. -o again/model.pt
cmp model.pt again/model.pt
