"""Entries: one way of writing each, and nothing in them that must not last."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.audit import Act, Entry, EntryError

AT = datetime(2026, 11, 20, 12, 1, 2, 240_000, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"], min_codepoint=32), max_size=200)
PLAIN = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT
FACTS = PLAIN | st.lists(PLAIN | st.lists(PLAIN, max_size=2), max_size=3) | st.dictionaries(TEXT, PLAIN, max_size=3)


def test_a_leaf_is_written_in_one_way():
    """Sorted, without spaces, in UTF-8, with six decimals: the bytes that are hashed are known to everybody."""
    entry = Entry(AT, "王芳", Act.VERDICT, "flag-1", {"reason": "r2", "earlier": None, "count": 3, "final": True})
    assert entry.leaf_bytes().decode() == (
        '{"act":"verdict","actor":"王芳","at":"2026-11-20T12:01:02.240000Z",'
        '"facts":{"count":3,"earlier":null,"final":true,"reason":"r2"},"schema":"monitor.audit/1","subject":"flag-1"}'
    )


def test_the_zone_makes_no_difference():
    """The same moment in two zones is the same leaf."""
    here = AT.astimezone(timezone(timedelta(hours=8)))
    assert Entry(here, "a", Act.LOGIN, "").leaf_bytes() == Entry(AT, "a", Act.LOGIN, "").leaf_bytes()


@given(
    st.datetimes(min_value=AT.replace(year=1000, tzinfo=None), timezones=st.just(UTC)),
    TEXT.filter(bool),
    st.sampled_from(Act),
    TEXT,
    st.dictionaries(TEXT, FACTS, max_size=3),
)
def test_any_entry_comes_back_from_its_leaf(at, actor, act, subject, facts):
    """What is allowed to be written is read again, to the same bytes."""
    entry = Entry(at, actor, act, subject, facts)
    again = Entry.from_leaf(entry.leaf_bytes())
    assert (again.at, again.actor, again.act, again.subject) == (entry.at, actor, act, subject)
    assert again.facts == facts


class Frozen(Mapping):
    """A mapping that is no dict."""

    def __getitem__(self, key):
        return {"a": (1, 2)}[key]

    def __iter__(self):
        return iter("a")

    def __len__(self):
        return 1


def test_tuples_and_other_mappings_are_written_as_json_has_them():
    """Callers may hand over what they have."""
    assert b'"facts":{"a":[1,2]}' in Entry(AT, "a", Act.EXPORT, "", Frozen()).leaf_bytes()


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"score": 0.5}, "a float"),
        ({"said": "字" * 201}, "more than 200 characters"),
        ({"inner": {"list": ["x" * 201]}}, "facts.inner.list.0"),
        ({"x" * 201: 1}, "a name"),
        ({1: 1}, "a name"),
        ({"raw": b"x"}, "a bytes"),
        ({"when": AT}, "a datetime"),
        ({"line": "a\nb"}, "cannot be kept"),
        ({"half": "\ud800"}, "cannot be kept"),
        ({"big": 2**53}, "beyond"),
        ({"deep": [[[[1]]]]}, "too deep"),
        ({"many": ["x" * 200] * 400}, "log a digest"),
        ([1], "no object"),
    ],
)  # fmt: skip
def test_what_must_not_last_is_refused(facts, said):
    """Long texts, numbers that JSON readers disagree about, anything that is no plain value."""
    with pytest.raises(EntryError, match=said):
        Entry(AT, "a", Act.EXPORT, "", facts)


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        ({"at": AT.replace(tzinfo=None)}, "without a zone"),
        ({"at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))}, "outside the calendar"),
        ({"actor": ""}, "nobody"),
        ({"actor": "x" * 201}, "actor: more than"),
        ({"act": "anything"}, "not one that the log knows"),
        ({"subject": "x" * 201}, "subject: more than"),
        ({"subject": None}, "no text"),
    ],
)
def test_an_entry_says_who_what_and_when(given_, said):
    """Each part is looked at."""
    with pytest.raises(EntryError, match=said):
        Entry(**({"at": AT, "actor": "a", "act": Act.LOGIN, "subject": "s"} | given_))


@pytest.mark.parametrize(
    "change",
    [
        lambda leaf: leaf.replace(b",", b", ", 1),
        lambda leaf: leaf.replace(b"monitor.audit/1", b"monitor.audit/2"),
        lambda leaf: leaf.replace(b'"subject"', b'"subjects"'),
        lambda leaf: leaf.replace(b'"facts":{}', b'"facts":{"x":0.5}'),
        lambda leaf: leaf.replace(b"240000Z", b"240000"),
        lambda leaf: re.sub(b'"at":"[^"]*"', b'"at":"0001-01-01T00:00:00+23:59"', leaf),
        lambda leaf: leaf[:-1],
        lambda leaf: b"[" * 100_000,
        lambda leaf: b"\xff" + leaf,
        lambda leaf: b"[]",
        lambda leaf: leaf.replace(b'"login"', b"7"),
    ],
)
def test_a_leaf_that_was_not_written_so_is_refused(change):
    """Any other bytes, however much they look like an entry."""
    leaf = Entry(AT, "a", Act.LOGIN, "s").leaf_bytes()
    assert Entry.from_leaf(leaf)
    with pytest.raises(EntryError):
        Entry.from_leaf(change(leaf))
