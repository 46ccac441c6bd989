"""``rag model``."""
