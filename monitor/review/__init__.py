"""What people do at the desk: who may, whose turn a flag is, what is shown and decided, how long things are kept."""
