"""What plays: players, and how they are read from strings."""
