"""Finding the passages for a question: by meaning, by words, by both."""
