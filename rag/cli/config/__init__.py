"""``rag config``."""
