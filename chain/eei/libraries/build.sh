#!/bin/sh
# Builds the system libraries: library.rs and what it includes become libraries.wasm.
#
#     build.sh [OUTPUT_FOLDER]      default: this folder
#
# The bytes in the repository are those of Debian 12, as for the scripts.
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
# The linker exports what an object exports, and nothing of an archive but what it needs for
# that: memset and its like.
compile -C opt-level=3 -C lto=fat --crate-type staticlib \
    --emit "obj=$work/libraries.o,link=$work/libraries.a" library.rs
run_linker --no-entry --export-dynamic --gc-sections --strip-all --compress-relocations \
    --stack-first -z stack-size=16384 --initial-memory=65536 --max-memory=65536 \
    "$work/libraries.o" "$work/libraries.a" -o "$work/libraries.wasm"
chmod 644 "$work/libraries.wasm"
mv "$work/libraries.wasm" "$output/libraries.wasm"
