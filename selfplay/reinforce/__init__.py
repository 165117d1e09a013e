"""REINFORCE: a policy improves by playing its own past."""
