"""Tests of the rules over manifests."""
