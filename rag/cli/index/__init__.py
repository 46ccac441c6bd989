"""``rag index``."""
