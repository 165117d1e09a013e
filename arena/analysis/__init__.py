"""Looking at positions: searches that can be watched, and mistakes."""
