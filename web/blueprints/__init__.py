"""The pages, one module for each kind; every one with a `blueprint`."""
