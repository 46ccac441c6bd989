"""What helps to type: help pages, the manual, completion, near misses."""
