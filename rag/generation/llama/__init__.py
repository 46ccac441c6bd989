"""The llama.cpp engine: token-level prompts, an own decode loop, sentences that can be redone."""
