"""Learning the fast policy that plays rollouts."""
