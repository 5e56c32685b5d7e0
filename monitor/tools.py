"""Loads what scanning needs, once a process."""

from __future__ import annotations

from monitor import screen, speech
from monitor.chat import NameHasher, load_key
from monitor.config import Settings
from monitor.lexicon import load_rules
from monitor.match import Matcher
from monitor.pipeline import Tools
from monitor.signing import load_signer


def load_tools(settings: Settings) -> Tools:
    """Lexicon, policies, matcher, both models, and the keys.

    Raises DataError when the lexicon is wrong, MissingComponentError when a model or the signing key is missing,
    WorkspaceError when the key for hashing names can be neither read nor made.
    """
    lexicon, policies = load_rules(settings.lexicons)
    return Tools(
        lexicon=lexicon,
        policies=policies,
        matcher=Matcher(lexicon),
        transcriber=speech.load(settings, lexicon.trade_words()),
        text_reader=screen.load(settings),
        hash_name=NameHasher(load_key(settings)),
        settings=settings,
        signer=load_signer(settings.keys),
    )
