"""What was learned from labelled messages: how likely people would say that a message asks for this or that."""
