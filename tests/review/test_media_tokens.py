"""Tokens for clips and stills open what they were made for, and nothing else."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.review.media_tokens import KEY_BYTES, MediaPart, MediaTokens
from monitor.roles import RefusedError

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
UNTIL = AT + timedelta(minutes=15)
TOKENS = MediaTokens(bytes(range(KEY_BYTES)))
MINE = "3f" * 32
TOKEN = TOKENS.sign(session=MINE, flag_id="f-1", part="clip.mp4", until=UNTIL)

texts = st.text(max_size=40)


@given(session=texts, flag_id=texts, part=texts, seconds=st.integers(1, 10**9))
def test_a_token_gives_back_what_it_was_made_for(session: str, flag_id: str, part: str, seconds: int) -> None:
    """Whatever names there are; it fits into an address as it is."""
    until = AT + timedelta(seconds=seconds)
    token = TOKENS.sign(session=session, flag_id=flag_id, part=part, until=until)
    assert set(token) <= set(string.ascii_letters + string.digits + "-_")
    assert TOKENS.open(token, session=session, at=AT) == MediaPart(flag_id, part, until)


@pytest.mark.parametrize("place", range(len(TOKEN)))
def test_every_altered_character_is_refused(place: int) -> None:
    """Each place, every other character that an address may hold; the last ones too, whose bits count in part."""
    for other in string.ascii_letters + string.digits + "-_=+/. \n":
        if other != TOKEN[place]:
            refused(TOKEN[:place] + other + TOKEN[place + 1 :])


@given(st.data())
def test_every_other_spelling_is_refused(data: st.DataObject) -> None:
    """Cut, lengthened, with something put in, or with its pieces exchanged."""
    start = data.draw(st.integers(0, len(TOKEN)))
    end = data.draw(st.integers(start, len(TOKEN)))
    altered = TOKEN[:start] + data.draw(st.text(max_size=8)) + TOKEN[end:]
    if altered != TOKEN:
        refused(altered)


@given(st.text(max_size=200))
def test_what_was_never_signed_is_refused(text: str) -> None:
    """Anything at all, and nothing breaks."""
    refused(text)


@given(texts)
def test_another_session_is_refused(session: str) -> None:
    """A link that was copied out of a page opens for nobody else."""
    if session != MINE:
        with pytest.raises(RefusedError):
            TOKENS.open(TOKEN, session=session, at=AT)


@given(mine=texts, flag_id=texts, more=st.text(min_size=1, max_size=5))
def test_what_stands_side_by_side_does_not_run_together(mine: str, flag_id: str, more: str) -> None:
    """A session cannot be chosen such that it swallows the beginning of the rest."""
    token = TOKENS.sign(session=mine, flag_id=more + flag_id, part="clip.mp4", until=UNTIL)
    with pytest.raises(RefusedError):
        TOKENS.open(token, session=mine + more, at=AT)


@given(st.integers(0, 10**6))
def test_an_expired_token_is_refused(late_s: int) -> None:
    """From the second on that it names."""
    with pytest.raises(RefusedError):
        TOKENS.open(TOKEN, session=MINE, at=UNTIL + timedelta(seconds=late_s))
    assert TOKENS.open(TOKEN, session=MINE, at=UNTIL - timedelta(microseconds=1)).flag_id == "f-1"


def test_fractions_of_a_second_never_lengthen_it() -> None:
    """What is cut off is cut off the end."""
    token = TOKENS.sign(session=MINE, flag_id="f-1", part="clip.mp4", until=UNTIL + timedelta(microseconds=999_999))
    assert TOKENS.open(token, session=MINE, at=AT).until == UNTIL


@given(st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES))
def test_another_key_is_refused(key: bytes) -> None:
    """Another desk's tokens are nothing here."""
    if key != bytes(range(KEY_BYTES)):
        with pytest.raises(RefusedError):
            MediaTokens(key).open(TOKEN, session=MINE, at=AT)


def test_a_key_of_another_length_is_none() -> None:
    """An empty one above all; a longer one could be the same as another."""
    for length in (0, KEY_BYTES - 1, KEY_BYTES + 1):
        with pytest.raises(ValueError, match="32 are needed"):
            MediaTokens(b"x" * length)


def refused(token: str) -> None:
    with pytest.raises(RefusedError, match="链接无效或已过期"):
        TOKENS.open(token, session=MINE, at=AT)
