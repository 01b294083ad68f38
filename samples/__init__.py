"""Procedural design patents, written as real weekly archives."""
