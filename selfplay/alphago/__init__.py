"""AlphaGo's pipeline: one stage after the other, and matches between all that came of it."""
