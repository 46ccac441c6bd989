"""``rag status``."""
