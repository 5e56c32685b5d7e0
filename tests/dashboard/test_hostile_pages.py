"""What strangers say, show and call themselves stays text: on every page, and in every list that leaves the desk."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from desk_outline import Size
from desk_pages import made_up, page_of
from desk_words import HOSTILE
from markdown_it import MarkdownIt
from strangers import add_strangers

from dashboard import data
from dashboard.pages import PAGES
from monitor.csv_rows import cell
from monitor.roles import RIGHTS, Role

LOGINS = {Role.LEAD: "lead01", Role.ADMIN: "admin01"}
LEAD = data.Person("lead01", "", Role.LEAD)
FOREIGN_LINK = re.compile(r"(?<!\\)\]\((?!/)[^)]*(invalid|javascript)", re.IGNORECASE)
MADE_INTO = re.compile(r"(?<!\\):red\[红|:material/delete:|:streamlit:|(?<!\\)\$\\frac")
"""What Streamlit makes of words by itself, of those that were said."""
REORDERS = re.compile("[\u202a-\u202e\u2066-\u2069\u200b\x00\x1b\ud800-\udfff]")
MARKED = {"body", "label", "delta", "help", "content"}
"""Fields that Streamlit reads as Markdown; a message of plain text has a `body`, too."""
TAGS = re.compile(r"<(script|img|textarea|iframe)\b|\son\w+\s*=", re.IGNORECASE)
MORE_THAN_TEXT = [word for word in HOSTILE if re.search("[<\u202e\u2066\u200b\x1b]|\\]\\(|:red|frac", word)]
NASTIEST = (HOSTILE[0], HOSTILE[1], HOSTILE[9], HOSTILE[11], HOSTILE[13], HOSTILE[17], "长" * 3400)
"""Of these each has its own page looked at: markup, a picture, signs of Streamlit's, what reorders, what is long."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A stranger of every kind on a small desk, and the ids of their flags."""
    desk, _ = made_up(tmp_path_factory.mktemp("hostile"), Size(flags=12, streams=4, cues=60, clips=0))
    return data.use(desk), add_strangers(desk.store)


def who(name: str) -> str:
    """The login of somebody who may see the page."""
    right = next(page.right for page in PAGES if page.name == name)
    return next(login for role, login in LOGINS.items() if right in RIGHTS[role])


def queries(name: str, desk, flags: dict[str, str]) -> Iterator[dict[str, str]]:
    """What to ask a page for: everybody on one, or the nastiest one by one."""
    if name == "flag":
        yield from ({"flag": flags[word]} for word in NASTIEST)
    elif name == "stream":
        ids = {stored.stream.creator: stored.stream_id for stored in desk.store.streams()}
        yield from ({"stream": str(ids[word])} for word in NASTIEST if word in ids)
    elif name == "creators":
        yield {}
        yield from ({"creator": word, "platform": "douyin"} for word in NASTIEST)
        yield {"creator": HOSTILE[0], "platform": HOSTILE[1]}  # nobody is called so
    elif name in {"queue", "export", "audit"}:
        yield {}
        yield {"text": HOSTILE[0], "creator": HOSTILE[1], "actor": HOSTILE[0], "case": HOSTILE[9]}
    else:
        yield {}


def strings(message: object) -> Iterator[tuple[str, str]]:
    """Every string of a message that Streamlit sends to the browser, with its field's name."""
    for field, value in message.ListFields():
        for one in value if field.is_repeated else [value]:
            if isinstance(one, str):
                yield field.name, one
            elif hasattr(one, "ListFields"):
                yield from strings(one)


def elements(visit) -> Iterator[tuple[str, object]]:
    """All elements and blocks of the page: their type and what is sent of them."""
    for node in visit._tree:
        proto = getattr(node, "proto", None)
        if hasattr(proto, "ListFields"):
            yield node.type, proto


def made_of(markdown: str) -> set[str]:
    """The tags that come of it."""
    blocks = MarkdownIt("commonmark").parse(markdown)
    return {token.tag or token.type for block in blocks for token in [block, *(block.children or ())]}


def wrong_with(kind: str, field: str, said: str) -> str:
    """Why a browser would show more than text, or text in another order; empty when it would not."""
    if kind == "html":
        return "markup" if TAGS.search(said) else ""
    if field not in MARKED or kind in {"text", "code"}:
        return ""
    if made_of(said) & {"img", "html_inline", "html_block"}:
        return "a tag"
    found = FOREIGN_LINK.search(said) or MADE_INTO.search(said) or REORDERS.search(said)
    return repr(found[0]) if found else ""


@pytest.mark.parametrize("word", MORE_THAN_TEXT)
def test_what_is_looked_for_is_found(word):
    """Said as it is, each of them is more than text: the test below would tell."""
    assert wrong_with("markdown", "body", word) or wrong_with("html", "body", word)


@pytest.mark.parametrize("name", [page.name for page in PAGES])
def test_a_page_of_hostile_words(desk, name):
    """It runs, and nothing that is read as Markdown or HTML has a tag, a foreign link or a picture of theirs in it."""
    looked_at = 0
    for query in queries(name, *desk):
        visit = page_of(name, who(name), **query)

        assert not visit.exception, query
        for kind, proto in elements(visit):
            for field, said in strings(proto):
                looked_at += field in MARKED
                assert not wrong_with(kind, field, said), (query, kind, said[:200])
    assert looked_at


def fetched(desk, form: data.Form) -> str:
    made = desk.exports.flags(LEAD, "s", data.Filter(), form, at=datetime.now(UTC))
    with desk.exports.take(LEAD, "s", made.token, at=datetime.now(UTC)).file as file:
        return file.read().decode("utf-8")


def test_no_cell_of_a_table_that_leaves_is_a_formula(desk):
    """Nor has one what reorders text; each stranger is in it, and told as they are called."""
    desk, flags = desk
    rows = list(csv.DictReader(io.StringIO(fetched(desk, data.Form.CSV).removeprefix("\ufeff"), newline="")))

    by_id = {row["线索编号"]: row for row in rows}
    assert set(flags.values()) <= set(by_id)
    for word in ("=1+1", "+1+cmd|' /C calc'!A0", "@SUM(A1:A9)", "\t=1+1", "-2+3", "<script>window.ran=1</script>"):
        assert by_id[flags[word]]["主播"] == (word if word.startswith("<") else f"'{word}")
    for row in rows:
        for value in row.values():
            assert value == cell(value) or value.startswith("'"), value
            assert not REORDERS.search(value), value


def test_each_word_of_the_lines_that_leave_is_what_it_was(desk):
    """For programs nothing is left out: what the store has, JSON can say, on one line."""
    desk, flags = desk
    lines = [json.loads(line) for line in fetched(desk, data.Form.JSONL).removesuffix("\n").split("\n")]
    by_id = {line["flag_id"]: line for line in lines}

    for word, flag_id in flags.items():
        stored, told = desk.store.flag(flag_id), by_id[flag_id]
        assert [told[name] for name in ("creator", "room", "context", "hits", "facts")] == [
            stored[name] for name in ("creator", "room", "context", "hits", "facts")
        ]
        assert stored["creator"] in {word, re.sub("[\x00\ud800]", "\ufffd", word)}
        assert {hit["channel"] for hit in told["hits"]} == {"speech", "screen", "chat"}
