"""``rag check``."""
