"""Where training drawings come from, one file a source; all become the same packed cache."""
