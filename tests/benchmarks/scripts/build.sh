#!/bin/sh
# Builds the scripts of the benchmarks: power_*.rs and branch_*.rs, each a .wasm.
#
#     build.sh [OUTPUT_FOLDER]      default: this folder
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
output=${1:-$here}
mkdir -p "$output"
output=$(CDPATH='' cd -- "$output" && pwd)

. "$here/../../../scenarios/scripts/sdk/toolchain.sh"

find_compiler
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here" # so that no path of this machine gets into the bytes
for source in branch_*.rs power_*.rs; do
    name=${source%.rs}
    case $name in
        branch_*) unroll="-C llvm-args=-unroll-threshold=20000" ;;
        *) unroll= ;;
    esac
    # shellcheck disable=SC2086 # no word or two of them
    compile -C opt-level=3 -C lto=fat $unroll --crate-type staticlib "$source" -o "$work/$name.a"
    link -z stack-size=16384 --initial-memory=65536 --max-memory=65536 \
        "$work/$name.a" -o "$work/$name.wasm"
    chmod 644 "$work/$name.wasm"
    mv "$work/$name.wasm" "$output/$name.wasm"
done
