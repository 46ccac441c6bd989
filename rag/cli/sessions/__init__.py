"""``rag sessions``."""
