"""A small studio that turns a room script into a recording, its comments and its private messages."""
