"""The protocol: pure and deterministic, values in, values out."""
