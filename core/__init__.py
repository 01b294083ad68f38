"""The nouns every other room speaks in: records, Locarno codes, settings, errors, ports."""
