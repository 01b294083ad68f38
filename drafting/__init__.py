"""Solids and meshes become patent-style line drawings: numpy, scipy and pillow, no torch."""
