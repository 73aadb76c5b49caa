#!/bin/sh
# Builds scripts that use the SDK.
#
#     build.sh [--debug] [--cfg SPEC] SOURCE.rs OUTPUT.wasm [SOURCE.rs OUTPUT.wasm ...]
#
# A script built with --debug says, through `debug`, at which line it trapped. --cfg is handed
# to rustc: it chooses one of several scripts that share a source.
set -eu

sdk=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$sdk/toolchain.sh"

mode=-Cdebug-assertions=off
if [ "${1-}" = --debug ]; then
    mode=-Cdebug-assertions=on
    shift
fi
variant=release # a --cfg that nobody asks for
if [ "${1-}" = --cfg ]; then
    variant=$2
    shift 2
fi

# No path of this machine gets into the bytes. Link-time optimization removes what is never
# called, and inlines across the two crates.
build() {
    compile "$mode" --cfg "$variant" --crate-type staticlib --crate-name script -C lto=fat \
        --extern "shardlab_sdk=$work/libshardlab_sdk.rlib" "$1" -o "$work/script.a"
    link -z stack-size=32768 "$work/script.a" -o "$work/script.wasm"
    chmod 644 "$work/script.wasm"
    mv "$work/script.wasm" "$2"
}

find_compiler
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
compile "$mode" --crate-type rlib --crate-name shardlab_sdk --remap-path-prefix "$sdk=sdk" \
    "$sdk/src/lib.rs" -o "$work/libshardlab_sdk.rlib"
while [ $# -ge 2 ]; do
    build "$1" "$2"
    shift 2
done
