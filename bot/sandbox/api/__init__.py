"""The REST API under /api/v3: one module for each chapter of GitHub's reference, found by package."""
