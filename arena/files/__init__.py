"""Games on disk, for us and for other programs."""
