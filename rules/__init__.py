"""The engine: a tree of files in, a `Report` out. It imports neither bot nor workers and opens no socket."""
