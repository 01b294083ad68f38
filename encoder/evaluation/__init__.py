"""Retrieval metrics, benchmark sets and tracks."""
