"""Archives become publications, sheets and figures in the catalogue."""
