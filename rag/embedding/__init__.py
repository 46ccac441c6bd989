"""Text to unit vectors: the real model (sentence_transformer) and one without weights (hashing)."""
