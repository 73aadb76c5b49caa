"""Merkle trees hashed naively, and proofs cut out of them."""
