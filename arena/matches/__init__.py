"""How players meet: contests, matches, tournaments, and what holds for their games."""
