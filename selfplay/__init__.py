"""How the network learns: expert iteration over records of self-play."""
