"""A case as a page for people outside; all but `html` gives plain records, which any other view may show."""
