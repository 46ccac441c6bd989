"""Other programs on the same articles with the same embedder, each in its own environment."""
