#!/bin/sh
# Builds every script in this folder: NAME.rs becomes NAME.wasm; panics.rs also a debug build.
#
#     build.sh [OUTPUT_FOLDER]      default: this folder
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
output=${1:-$here}
mkdir -p "$output"
output=$(CDPATH='' cd -- "$output" && pwd)

cd "$here"
set --
for source in *.rs; do
    set -- "$@" "$source" "$output/${source%.rs}.wasm"
done
sh ../build.sh "$@"
sh ../build.sh --debug panics.rs "$output/panics_debug.wasm"
