"""How things look on a screen: answers, sources, lists, progress."""
