"""Documents of an organisation: read from files that may be hostile, and cut into passages."""
