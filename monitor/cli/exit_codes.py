"""What the command line returns besides the codes of `monitor.errors`; `docs/concepts.md` lists them all."""

CHECK_FAILED = 1
SOME_FAILED = 3
INTERRUPTED = 130
"""128 + SIGINT, as shells report it."""
