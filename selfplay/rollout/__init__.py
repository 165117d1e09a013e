"""Learning a fast policy for rollouts from recorded games (zero/rollout_policy.py plays with it)."""
