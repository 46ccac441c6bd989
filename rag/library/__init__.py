"""The program as a library: what ``import rag`` offers."""
