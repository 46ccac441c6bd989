"""Keeping an index equal to its folders, and the search structures derived from the store."""
