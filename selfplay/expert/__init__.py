"""Games of experts to learn from: recorded, read from files, kept in one format, drawn in batches."""
