"""From documents to chunks: whole sentences packed into a token budget."""
