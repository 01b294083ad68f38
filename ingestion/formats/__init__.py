"""One reader a file format; each turns bytes into a Publication."""
