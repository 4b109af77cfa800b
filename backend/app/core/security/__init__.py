"""Who is calling: tokens, the keys they are signed with, passwords, and how guessing is slowed."""
