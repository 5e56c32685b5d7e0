"""Every address of the dashboard, asked by nobody and by each role; and addresses of clips and exports gone astray."""

from __future__ import annotations

from datetime import timedelta

import pytest
from small_desk import FLAG, HOST, PASSWORD

from dashboard import data
from dashboard.pages import ADDRESSES
from dashboard.routes import evidence, exports, streamlit_page
from dashboard.routes.lease import LeaseRoutes
from dashboard.routes.login import Login
from monitor.review.exporting import Form
from monitor.review.queue import Filter
from monitor.roles import RIGHTS, Right, Role

OURS = {"Origin": HOST}
HTML = {"Accept": "text/html"}
EVERYBODY = [None, *Role]
DECIDERS = {role for role in Role if Right.DECIDE in RIGHTS[role]}
NOTHING = {"flag_id": "nix"}

STATUS = {
    # (method, address): of nobody, and of somebody
    ("GET", "/login"): (200, 303),
    ("POST", "/login"): (403, 403),  # an empty form is no name and no password
    ("GET", "/login/start"): (303, 303),
    ("POST", "/login/oidc"): (403, 403),  # no ticket
    ("POST", "/logout"): (303, None),  # somebody's is tried by itself: it ends their log-in
    ("GET", "/password"): (403, 200),
    ("POST", "/password"): (403, 403),  # an empty form
    ("GET", "/evidence/{token}"): (403, 403),
    ("GET", "/exports/{token}"): (403, 403),
    ("POST", "/desk/lease"): (403, 409),
    ("POST", "/desk/release"): (403, 409),
    ("GET", "/favicon.png"): (200, 200),
    ("GET", "/desk/chinese.js"): (200, 200),
    **{("GET", address): (403, 200) for address in {*ADDRESSES, "/oidc"}},
}
"""As programs ask, without a wish for a page; browsers are sent to the log-in instead (`test_routes.py`)."""


def routes():
    login = Login(https=False).routes()
    lease = LeaseRoutes(lambda: data.desk().queue).routes()
    return [*login, *evidence.ROUTES, *exports.ROUTES, *lease, *streamlit_page.ROUTES]


def test_every_route_has_a_line():
    """Whoever adds one says here whom it answers."""
    there = {(method, route.path) for route in routes() for method in route.methods - {"HEAD"}}

    assert there == set(STATUS)


@pytest.mark.parametrize("role", EVERYBODY)
def test_whom_an_address_answers(browser_at, role):
    """No page of ours is refused to somebody who is in: which ones are shown is the script's to say, run by run."""
    client = browser_at(role)
    found = {}
    for (method, address), (nobody, somebody) in STATUS.items():
        expected = nobody if role is None else somebody
        if address == "/desk/release" and role in DECIDERS:
            expected = 204  # also for a flag that is not theirs: nothing happens
        if expected is not None:
            body = {"json": NOTHING} if address.startswith("/desk/") else {}
            answer = client.request(method, address.format(token="x"), headers=OURS, **body)
            found[method, address] = (answer.status_code, expected)

    assert {asked: pair for asked, pair in found.items() if pair[0] != pair[1]} == {}


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("address", ["/evidence/x", "/exports/x", "/", "/queue", "/favicon.png"])
def test_nothing_is_written_by_what_only_shows(browser_at, address, method):
    """Addresses that show take no other method."""
    assert browser_at(Role.LEAD).request(method, address, headers=OURS).status_code in {403, 404, 405}


@pytest.mark.parametrize("address", ["/desk/lease", "/desk/release", "/logout", "/login/oidc", "/password"])
def test_what_writes_is_not_asked_by_a_link(browser_at, address):
    """A picture or a link elsewhere asks with GET."""
    answer = browser_at(Role.LEAD).get(address, headers=OURS)

    assert answer.status_code == (200 if address == "/password" else 404)  # the form, which changes nothing


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"{HOST}.evil.example"},
        {"Origin": "http://evil.example/127.0.0.1:8501"},
        {"Origin": "http://127.0.0.1:8501@evil.example"},
        {"Origin": "https://evil.example", "Referer": f"{HOST}/queue"},
        {"Referer": "http://127.0.0.1/queue"},
    ],
    ids=["none", "foreign", "null", "longer", "path", "user", "foreign with our referer", "no port"],
)
def test_no_post_from_elsewhere_does_anything(browser_at, desk, headers):
    """Whoever is in, the claim and the log-in stay as they were."""
    client = browser_at(Role.REVIEWER)
    person = data.person_of(client.cookies[data.COOKIE])
    desk.queue.claim(person, FLAG, at=data.now())
    fields = {"now": PASSWORD, "to": "y" * 12, "again": "y" * 12}

    asked = [
        client.post("/desk/release", json={"flag_id": FLAG}, headers=headers),
        client.post("/desk/lease", json={"flag_id": FLAG}, headers=headers),
        client.post("/password", data=fields, headers=headers),
        client.post("/logout", headers=headers),
    ]

    assert [answer.status_code for answer in asked] == [403] * 4
    assert desk.queue.beat(person, FLAG, at=data.now()).by == person.name
    assert client.get("/", headers=HTML).status_code == 200


def token_of(desk, client, part: str = "clip.mp4", flag_id: str = FLAG, minutes: int = 5) -> str:
    session = desk.accounts.session_of(client.cookies[data.COOKIE])
    return desk.tokens.sign(session=session, flag_id=flag_id, part=part, until=data.now() + timedelta(minutes=minutes))


def leaver(desk, browser_at, name: str):
    """Somebody with a log-in of their own."""
    if name not in {account.name for account in desk.accounts.all()}:
        desk.accounts.add(name, Role.ADMIN, password=PASSWORD, by="test", at=data.now())
    return browser_at(token=desk.accounts.log_in(name, PASSWORD, at=data.now()))


class TestClips:
    def test_a_token_altered_anywhere_is_refused(self, browser_at, desk):
        """Wherever it is, in its sign or in what it names, and by whatever was added."""
        client = browser_at(Role.READER)
        token = token_of(desk, client)
        wrong = [
            token[:n] + ("A" if token[n] != "A" else "B") + token[n + 1 :] for n in range(0, len(token), 9)
        ] + [token + "A", token + "=", token[1:], token * 2, token.upper(), f"{token}%00"]  # fmt: skip

        assert {client.get(f"/evidence/{one}").status_code for one in wrong} <= {400, 403}
        assert client.get(f"/evidence/{token}").status_code == 200

    def test_one_tokens_sign_does_not_fit_what_another_names(self, browser_at, desk):
        """Another flag's part, or a later end, under the sign of one that was given."""
        client = browser_at(Role.READER)
        one, other, later = (
            token_of(desk, client, "clip.mp4"),
            token_of(desk, client, "clip.mp4", "f-2"),
            token_of(desk, client, "clip.mp4", minutes=500),
        )
        # 32 bytes are 43 characters but for two bits, so the cut is after 42, a whole number of bytes (31.5 x 4 / 3).
        spliced = [a[:cut] + b[cut:] for a in (one,) for b in (other, later) for cut in (40, 42, 43, 44)]

        assert {client.get(f"/evidence/{token}").status_code for token in spliced} == {403}

    def test_it_dies_with_the_log_in(self, browser_at, desk):
        """Logged out, the same address is refused, and to the next log-in of the same person too."""
        client = leaver(desk, browser_at, "goes")
        path = f"/evidence/{token_of(desk, client)}"
        assert client.get(path).status_code == 200
        client.post("/logout", headers=OURS)

        assert client.get(path).status_code == 403
        assert leaver(desk, browser_at, "goes").get(path).status_code == 403

    @pytest.mark.parametrize("change", [{"active": False}, {"role": Role.READER}, {"password": PASSWORD[::-1]}])
    def test_it_dies_with_the_account_as_it_was(self, browser_at, desk, change):
        """Disabled, another role, another password: what is open from before shows no clip more."""
        name = f"changed{next(iter(change))}"
        client = leaver(desk, browser_at, name)
        path = f"/evidence/{token_of(desk, client)}"
        assert client.get(path).status_code == 200
        desk.accounts.change(name, by="test", at=data.now(), **change)

        assert client.get(path).status_code == 403

    def test_a_look_at_the_headers_alone_and_odd_ranges(self, browser_at, desk):
        """HEAD tells the length; ranges that make no sense give nothing of the file, or all of it."""
        client = browser_at(Role.READER)
        path = f"/evidence/{token_of(desk, client)}"

        head = client.head(path)
        assert (head.status_code, head.headers["content-length"], head.content) == (200, "1000", b"")
        assert client.head(f"{path[:-1]}").status_code == 403
        assert client.get(path, headers={"Range": "bytes=-10"}).headers["content-range"] == "bytes 990-999/1000"
        for odd in ("bytes=9-1", "bytes=a-b", "lines=0-1", "bytes=-", "bytes=1000-1001"):
            answer = client.get(path, headers={"Range": odd})
            assert answer.status_code in {200, 400, 416}, odd
            assert answer.status_code == 200 or b"x" * 20 not in answer.content

    @pytest.mark.parametrize(
        "address",
        [
            "/evidence/..%2f..%2fmonitor.db",
            "/evidence/%2e%2e/%2e%2e/monitor.db",
            "/evidence/..%5c..%5cmonitor.db",
            "/exports/..%2f..%2fmonitor.db",
            "/static/..%2f..%2f..%2fmonitor.db",
            "/component/..%2f..%2fx",
            "/media/..%2f..%2fmonitor.db",
            "//etc/passwd",
            "/evidence/",
            "/exports/",
            "/monitor.db",
            "/.streamlit/secrets.toml",
        ],
    )
    def test_no_path_leads_into_the_disk(self, browser_at, address):
        """However it is written."""
        answer = browser_at(Role.ADMIN).get(address)

        assert answer.status_code in {400, 403, 404}
        assert b"SQLite format" not in answer.content


class TestExports:
    def made(self, desk, client):
        person = data.person_of(client.cookies[data.COOKIE])
        session = desk.accounts.session_of(client.cookies[data.COOKIE])
        return desk.exports.flags(person, session, Filter(), Form.CSV, at=data.now()).token

    def test_once_and_by_whom_it_was_made(self, browser_at, desk):
        """Not by another person or log-in; a look at the headers leaves it there; altered it opens nothing."""
        client, other = leaver(desk, browser_at, "exporter"), browser_at(Role.LEAD)
        token = self.made(desk, client)
        altered = token[:-1] + ("A" if token[-1] != "A" else "B")

        assert browser_at().get(f"/exports/{token}").status_code == 403
        assert other.get(f"/exports/{token}").status_code == 403
        assert leaver(desk, browser_at, "exporter").get(f"/exports/{token}").status_code == 403
        assert client.get(f"/exports/{altered}").status_code == 403
        assert client.head(f"/exports/{token}").status_code == 405
        first, again = client.get(f"/exports/{token}"), client.get(f"/exports/{token}")
        assert (first.status_code, again.status_code) == (200, 403)
        assert first.headers["content-disposition"].startswith("attachment")
        assert "no-store" in first.headers["cache-control"]

    def test_clips_and_exports_do_not_open_each_other(self, browser_at, desk):
        """Both are signed with the same key."""
        client = leaver(desk, browser_at, "crosser")
        token = self.made(desk, client)

        assert client.get(f"/evidence/{token}").status_code in {403, 404}
        assert client.get(f"/exports/{token_of(desk, client)}").status_code == 403
        assert client.get(f"/exports/{token}").status_code == 200

    @pytest.mark.parametrize("change", [{"active": False}, {"role": Role.READER}])
    def test_it_dies_with_the_right(self, browser_at, desk, change):
        """What waits is not fetched by whoever may not any more."""
        name = f"exported{next(iter(change))}"
        client = leaver(desk, browser_at, name)
        token = self.made(desk, client)
        desk.accounts.change(name, by="test", at=data.now(), **change)

        assert client.get(f"/exports/{token}").status_code == 403
