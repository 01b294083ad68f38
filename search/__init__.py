"""Embeddings, Qdrant, ranked publications."""
