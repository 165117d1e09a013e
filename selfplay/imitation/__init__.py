"""Imitation: a network learns to play as experts did (behaviour cloning, DAgger)."""
