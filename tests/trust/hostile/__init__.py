"""Hostile files, names and databases: how they are made, and how what they do is bounded."""
