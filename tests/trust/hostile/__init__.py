"""Hostile scripts, files, names and databases: how they are made, watched and bounded."""
