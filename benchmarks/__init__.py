"""Measures Greenlatch as ratios in one run: against `ast.parse`, against other tools, and commit against commit."""
