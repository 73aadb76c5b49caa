"""Adversaries: what they send, what it costs whom, and what they do with a budget."""
