"""A case as one zip: made, and opened again wherever it may have been."""
