"""The value network: how games of a policy end."""
