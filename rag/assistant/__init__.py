"""From a question to a checked answer: retrieve, pack, decide, generate, verify."""
