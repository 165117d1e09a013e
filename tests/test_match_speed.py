"""`zero bench match`: a match costs little beside its networks."""

import json

import pytest


@pytest.mark.slow
def test_a_match_runs_at_the_rate_of_its_networks(python):
    """400 games of Connect Four at 100 simulations: at least 0.8 of the bare networks' rate at that batch size."""
    done = python("-m", "zero", "bench", "match", "--json")
    assert done.returncode == 0, done.stderr
    numbers = json.loads(done.stdout)
    assert (numbers["games"], numbers["simulations_per_move"]) == (400, 100)
    assert numbers["share_of_bare_network"] >= 0.8
    assert numbers["share_of_compiled_network"] >= 0.8
    assert 0 <= numbers["time_outside_searches"] < 0.1


@pytest.mark.parametrize(("words", "expected"), [("--games 7", "an even number of games"), ("--threads 0", "threads >= 1")])
def test_what_makes_no_sense_is_refused(words, expected, refused):
    assert expected in refused("bench", "match", *words.split())
