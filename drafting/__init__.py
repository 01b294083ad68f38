"""Solids and meshes become patent-style line drawings. numpy only."""
