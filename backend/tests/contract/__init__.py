"""What the public web client sends and reads, call by call, so that it works against this backend unchanged."""
