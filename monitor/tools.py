"""Loads what scanning needs, once a process."""

from __future__ import annotations

from monitor import screen, speech
from monitor.chat import NameHasher, load_key
from monitor.config import Settings
from monitor.lexicon import load_lexicon
from monitor.lexicon.policy import load_policies
from monitor.match import Matcher
from monitor.pipeline import Tools


def load_tools(settings: Settings) -> Tools:
    """Lexicon, policies, matcher and both models.

    Raises DataError when the lexicon is wrong, MissingComponentError when a model is missing, WorkspaceError when the
    key for hashing names can be neither read nor made.
    """
    lexicon = load_lexicon(settings.lexicons)
    return Tools(
        lexicon=lexicon,
        policies=load_policies(settings.lexicons / "policies"),
        matcher=Matcher(lexicon),
        transcriber=speech.load(settings, lexicon.trade_words()),
        text_reader=screen.load(settings),
        hash_name=NameHasher(load_key(settings)),
        settings=settings,
    )
