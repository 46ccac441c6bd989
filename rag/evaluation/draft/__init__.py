"""Proposes cases from a user's own articles, for a person to read and correct."""
