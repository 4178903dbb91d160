"""Tests of the sandbox GitHub, and what tests of other parts use of it."""
