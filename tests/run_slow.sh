#!/usr/bin/env bash
# All tests, those of minutes included.
cd "$(dirname "$0")/.." && exec pytest -m "slow or not slow" "$@"
