"""The Qdrant engine on loopback: the part of Qdrant's REST API that Limn uses, no server needed."""
