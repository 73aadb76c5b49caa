"""Scripts in pywasm, an interpreter in Python, with a host written from docs/eei.md alone."""
