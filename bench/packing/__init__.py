"""How much of a prompt passages take, and how much of the evidence is in them."""
