"""Which reads of which instances need I/O: an abstract interpreter over the compact form of the code.

Functions are interpreted with abstract arguments, on demand and once for each distinct calling context (`calls`).
A state holds the heap of abstract objects (`state`); what SQLAlchemy does to it is in `sessions`, `statements`,
`loading` and `attributes`. Paths are kept apart while they differ in something that matters, and joined otherwise;
what cannot be known is `UNKNOWN`, and unknown is silent. The result is a list of `Access`es; rules filter them.
"""
