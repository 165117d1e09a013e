"""Monte Carlo tree search: a forest of trees in flat arrays, PUCT and Gumbel over it, and the evaluation cache."""
