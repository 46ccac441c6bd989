"""Conversations: what was asked before, and what was answered."""
