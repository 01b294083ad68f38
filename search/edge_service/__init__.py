"""The Qdrant engine in its own loopback process, speaking Qdrant's REST API."""
