# Finds a compiler and a linker, and turns Rust into scripts. Build scripts source this file.
#
#     Debian 12:  apt-get install rustc libstd-rust-dev-wasm32 lld
#     rustup:     rustup target add wasm32v1-none
#
# RUSTC=/path/to/rustc chooses the compiler.

# Prints the first of the two wasm targets for which a compiler has the core library.
find_target() {
    for target in wasm32v1-none wasm32-unknown-unknown; do
        libraries=$("$1" --print target-libdir --target "$target" 2>/dev/null) || continue
        if ls "$libraries"/libcore*.rlib >/dev/null 2>&1; then
            echo "$target"
            return
        fi
    done
    return 1
}

find_compiler() {
    for compiler in ${RUSTC:-/usr/bin/rustc rustc}; do
        if target=$(find_target "$compiler"); then
            return
        fi
    done
    cat >&2 <<'END'
build.sh: no rustc with a wasm32 target. Install one of
    Debian 12:  apt-get install rustc libstd-rust-dev-wasm32 lld
    rustup:     rustup target add wasm32v1-none
END
    exit 1
}

# `mvp` keeps to wasm 1.0.
compile() {
    "$compiler" --edition 2021 --target "$target" -C target-cpu=mvp -C panic=abort \
        -C opt-level=s -C codegen-units=1 "$@"
}

# rustup hides lld inside the toolchain, Debian has it on the PATH.
run_linker() {
    host=$("$compiler" -vV | sed -n 's/^host: //p')
    bundled=$("$compiler" --print sysroot)/lib/rustlib/$host/bin/rust-lld
    if [ -x "$bundled" ]; then
        "$bundled" -flavor wasm "$@"
    elif command -v wasm-ld >/dev/null; then
        wasm-ld "$@"
    else
        echo 'build.sh: no wasm-ld. Debian 12: apt-get install lld' >&2
        exit 1
    fi
}

# rustc links wasm with exports of its own (__data_end, __heap_base), and the strict profile
# allows none but main and memory: so rustc makes a static library, and we link it.
# --stack-first: a stack that overflows leaves the memory and traps.
link() {
    run_linker --no-entry --export=main --gc-sections --strip-all --compress-relocations \
        --stack-first "$@"
}
