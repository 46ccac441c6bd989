"""Text as such: words, sentences, citation markers, terminal safety. Knows nothing of articles."""
