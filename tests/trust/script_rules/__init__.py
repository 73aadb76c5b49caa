"""Our rules of scripts against wasmtime: modules, and what either says of them."""
