"""The parts of finding: words, meaning, and whether a question is about any of it."""
