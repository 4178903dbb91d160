"""View models: what a template shows, computed from what `workers` tells. No request is known here."""
