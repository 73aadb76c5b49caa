#!/bin/sh
# Builds every script in this folder: NAME.rs becomes NAME.wasm. deposit_manager, which uses the
# SDK, becomes three, one for each kind of replay protection.
#
#     build.sh [OUTPUT_FOLDER]      default: this folder
#
# The bytes in the repository are those of Debian 12 (rustc 1.63, lld 14). Other versions build
# scripts that do the same in other bytes; sdk/toolchain.sh says how to get a compiler, and
# which one is taken.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
output=${1:-$here}
mkdir -p "$output"
output=$(CDPATH='' cd -- "$output" && pwd)

. "$here/sdk/toolchain.sh"

# Link-time optimization removes what is never called.
build() {
    compile --crate-type staticlib -C lto=fat "$1.rs" -o "$work/$1.a"
    link -z stack-size=16384 --initial-memory=65536 --max-memory=65536 \
        "$work/$1.a" -o "$work/$1.wasm"
    chmod 644 "$work/$1.wasm"
    mv "$work/$1.wasm" "$output/$1.wasm"
}

find_compiler
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$here" # so that no path of this machine gets into the bytes
for source in *.rs; do
    if [ "$source" != deposit_manager.rs ]; then
        build "${source%.rs}"
    fi
done

# Not among the scripts that `shardlab init` copies.
if [ -f deposit_manager.rs ]; then
    sh sdk/build.sh deposit_manager.rs "$output/deposit_manager.wasm"
    for protection in nonce none; do
        sh sdk/build.sh --cfg "replay_protection=\"$protection\"" \
            deposit_manager.rs "$output/deposit_manager_$protection.wasm"
    done
fi
