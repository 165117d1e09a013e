"""Programs from outside as players, by UCI and GTP."""
