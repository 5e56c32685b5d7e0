"""Lexicons and policies: data that people keep, loaded, checked and frozen."""

from monitor.lexicon.lexicon import PRICE_SLOTS, Lexicon, Term, load_lexicon
from monitor.lexicon.model import SCHEMES
from monitor.lexicon.rules import load_rules

__all__ = ["PRICE_SLOTS", "SCHEMES", "Lexicon", "Term", "load_lexicon", "load_rules"]
