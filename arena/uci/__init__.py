"""The Universal Chess Interface: what chess programs speak with an engine."""
