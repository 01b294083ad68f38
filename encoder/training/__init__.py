"""Trains the image encoder against the frozen text encoder. Never imported when serving."""
