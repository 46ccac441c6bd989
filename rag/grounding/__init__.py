"""Whether sentences stand on the passages they cite: claims, citations, verifiers."""
