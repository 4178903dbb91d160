"""The rules over accesses, one to a module, found by package."""
