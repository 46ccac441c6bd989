"""Measures: values with a printed name that say how good one answer to one case is."""
