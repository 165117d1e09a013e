"""What plays: the search, the network and its checkpoints; and the command line."""
