"""The rules over manifests, one to a module, found by package."""
