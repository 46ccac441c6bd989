"""What the pair verifier is trained on: labelled pairs and pairs made from running text."""
