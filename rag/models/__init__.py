"""Language model files: which are known, where they are, how they are fetched and checked."""
