"""The truth of an index: one SQLite file with documents, chunks, vectors and what built them."""
