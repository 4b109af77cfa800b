"""The services of each feature, built from the edges and from what they have in common."""
