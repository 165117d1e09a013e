"""Benchmarks: how fast this machine runs the engine. `zero bench` is their command."""
