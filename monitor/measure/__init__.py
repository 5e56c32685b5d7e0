"""How well detection works on labelled material, which of its abilities brings how much, and how fast it is."""
