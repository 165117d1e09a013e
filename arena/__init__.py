"""How players meet: matches, ratings, an exact solver as judge, and play in the terminal."""
