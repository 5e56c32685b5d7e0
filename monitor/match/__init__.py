"""Cue → hits: exact, variant, glyph, phonetic and fuzzy, with what is denied or means something else set apart."""

from monitor.match.matcher import Matcher

__all__ = ["Matcher"]
