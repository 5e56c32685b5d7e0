"""The steps that made the tables what they are: one file a change, never edited once released."""
