"""``rag ask``."""
