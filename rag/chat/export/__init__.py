"""A conversation as a text to keep or to send: Markdown, HTML, JSON."""
