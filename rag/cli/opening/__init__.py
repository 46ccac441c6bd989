"""From a citation to the article: editors, the pager, the text as it was read."""
