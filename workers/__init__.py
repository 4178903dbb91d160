"""The background work on stored deliveries; the only place where `rules` and `bot` meet."""
