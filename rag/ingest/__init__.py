"""From files to documents: one reader per format, and what was left out and why."""
