"""``rag chat``: the loop, the prompt, and the commands that begin with a slash."""
