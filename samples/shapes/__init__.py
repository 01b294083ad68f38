"""The product families, one file a kind of room they stand in."""
