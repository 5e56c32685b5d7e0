"""Signs of life: what the player posts while somebody works on a flag."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from small_desk import FLAG, HOST
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard import data
from dashboard.routes.lease import LeaseRoutes
from monitor.roles import Person, RefusedError, Role

OURS = {"Origin": HOST}
LASTS = timedelta(minutes=10)


@dataclass
class Claim:
    until: datetime


@dataclass
class OneAtATime:
    """Claims in memory, by the rules of the queue: a flag is one person's."""

    claims: dict[str, str] = field(default_factory=dict)

    def beat(self, person: Person, flag_id: str, *, at: datetime) -> Claim:
        if self.claims.get(flag_id) != person.name:
            raise RefusedError("这条线索已不在你手上")
        return Claim(at + LASTS)

    def release(self, person: Person, flag_id: str, *, at: datetime) -> None:
        if self.claims.get(flag_id) == person.name:
            del self.claims[flag_id]


@pytest.fixture
def claims():
    return OneAtATime({"mine": "reviewer", "theirs": "lead"})


@pytest.fixture
def reviewer(claims, desk, tokens):
    data.use(desk)
    client = TestClient(Starlette(routes=LeaseRoutes(lambda: claims).routes()), base_url=HOST)
    client.cookies.set(data.COOKIE, tokens(Role.REVIEWER))
    return client


def test_a_sign_of_life_tells_how_long_the_flag_is_kept(reviewer):
    """The player shows it."""
    answer = reviewer.post("/desk/lease", json={"flag_id": "mine"}, headers=OURS)

    left = datetime.fromisoformat(answer.json()["lease_until"]) - data.now()
    assert answer.status_code == 200
    assert timedelta(0) < LASTS - left < timedelta(minutes=1)


def test_a_flag_that_was_handed_on_is_said_to_be(reviewer):
    """Before the reviewer decides on it in vain."""
    answer = reviewer.post("/desk/lease", json={"flag_id": "theirs"}, headers=OURS)

    assert (answer.status_code, answer.json()) == (409, {"problem": "这条线索已不在你手上"})


def test_a_page_that_goes_away_lets_go(reviewer, claims):
    """Of one's own flag, of nobody else's."""
    assert reviewer.post("/desk/release", json={"flag_id": "mine"}, headers=OURS).status_code == 204
    assert reviewer.post("/desk/release", json={"flag_id": "theirs"}, headers=OURS).status_code == 204

    assert claims.claims == {"theirs": "lead"}


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"flag_id": 1}', b'{"flag_id": ""}', b'"' + b"x" * 20_000 + b'"'])
def test_what_names_no_flag_is_refused(reviewer, body):
    """And nothing is asked of the store."""
    assert reviewer.post("/desk/lease", content=body, headers=OURS).status_code == 400


def test_other_sites_and_nobodies_are_refused(reviewer, claims):
    """The claim stays as it was."""
    assert reviewer.post("/desk/release", json={"flag_id": "mine"}).status_code == 403
    assert reviewer.post("/desk/release", json={"flag_id": "mine"}, headers={"Origin": "null"}).status_code == 403
    reviewer.cookies.clear()
    assert reviewer.post("/desk/release", json={"flag_id": "mine"}, headers=OURS).status_code == 401

    assert "mine" in claims.claims


def test_the_desks_own_queue_is_asked(browser_at, desk):
    """Over the application as it is served: kept alive, let go, and then free for the next."""
    client = browser_at(Role.REVIEWER)
    person = data.person_of(client.cookies[data.COOKIE])
    claim = desk.queue.claim(person, FLAG, at=data.now())

    kept = client.post("/desk/lease", json={"flag_id": FLAG}, headers=OURS)
    others = browser_at(Role.LEAD).post("/desk/lease", json={"flag_id": FLAG}, headers=OURS)
    let_go = client.post("/desk/release", json={"flag_id": FLAG}, headers=OURS)

    assert kept.status_code == 200
    assert datetime.fromisoformat(kept.json()["lease_until"]) >= claim.until
    assert others.status_code == 409
    assert re.search("[\u4e00-\u9fff]", others.json()["problem"])
    assert let_go.status_code == 204
    assert desk.queue.claim(data.person_of(tokens_of(browser_at, Role.LEAD)), FLAG, at=data.now()).by == "lead"


def tokens_of(browser_at, role: Role) -> str:
    return browser_at(role).cookies[data.COOKIE]
