#!/bin/sh
# Builds @NAME@.wasm. With --debug it says, through `debug`, at which line it trapped.
#
#     build.sh [--debug]
set -eu

cd "$(dirname -- "$0")" # so that no path of this machine gets into the bytes
exec sh sdk/build.sh "$@" src/lib.rs @NAME@.wasm
