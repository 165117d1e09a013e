"""What results say of strength: ratings, tests, ladders."""
