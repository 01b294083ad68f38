"""Pixels and words become embeddings. The only home of torch."""
