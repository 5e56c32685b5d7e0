"""What is whispered to the model before it listens: the trade's words as a punctuated list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

OPENING = "以下是普通话的句子，使用简体中文。"
"""Leans the model towards Mandarin, simplified characters and marks; widely used with Whisper (openai/whisper
discussion 277)."""

MOST_TOKENS = 223
"""Whisper keeps half of its 448 tokens, less one, for what came before."""


def prompt_of(words: Sequence[str], tokens_of: Callable[[str], int], most_tokens: int = MOST_TOKENS) -> str:
    """As many of `words`, in their order, as fit into `most_tokens`; empty without words.

    A sentence and a list with 、 and a full stop, because the model copies the prompt's manner: told words between
    blanks it drops nearly all punctuation, which questions and denials need (`docs/speech.md` has the figures).
    """
    kept: list[str] = []
    for word in dict.fromkeys(word.strip() for word in words):
        if not word:
            continue
        if tokens_of(_sentence([*kept, word])) > most_tokens:
            break
        kept.append(word)
    return _sentence(kept)


def _sentence(words: Sequence[str]) -> str:
    return OPENING + "、".join(words) + "。" if words else ""
