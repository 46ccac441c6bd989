"""``rag eval`` and what stands behind it."""
