"""What the dashboard answers over HTTP: to whom it opens, and to whom not."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from review.desk import fill
from small_desk import FLAG, HOST, PASSWORD, hire
from starlette.websockets import WebSocketDisconnect

from dashboard import data
from dashboard.guard import LOCAL_HOSTS
from dashboard.routes.login import Login
from dashboard.routes.streamlit_page import index_html
from monitor.roles import Role

OURS = {"Origin": HOST}
HTML = {"Accept": "text/html,application/xhtml+xml"}


def sign(desk, client, part: str, flag_id: str = FLAG, *, lasts: timedelta = timedelta(minutes=5)) -> str:
    session = desk.accounts.session_of(client.cookies[data.COOKIE])
    return desk.tokens.sign(session=session, flag_id=flag_id, part=part, until=data.now() + lasts)


@pytest.fixture
def known(desk):
    """A reviewer whose password is known."""
    hire(desk, Role.REVIEWER)


def log_in(client, name: str, password: str, headers=OURS, **fields: str):
    return client.post("/login", data={"name": name, "password": password, **fields}, headers=headers)


class TestComingIn:
    def test_the_right_password_gives_a_cookie_that_no_script_reads(self, browser_at, known):
        """And the browser goes on to what it wanted."""
        client = browser_at()

        answer = log_in(client, "reviewer", PASSWORD, next="/flag?flag=f-1&t=83")

        assert (answer.status_code, answer.headers["location"]) == (303, "/flag?flag=f-1&t=83")
        cookie = answer.headers["set-cookie"]
        assert re.match(rf"{data.COOKIE}=[\w-]{{43}};", cookie)
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Secure" not in cookie
        assert client.get("/", headers=HTML).status_code == 200

    def test_behind_https_the_cookie_travels_over_https_alone(self, desk, known):
        """`dashboard_https` says that a proxy speaks it."""
        from starlette.applications import Starlette
        from starlette.testclient import TestClient

        client = TestClient(Starlette(routes=Login(https=True).routes()), base_url=HOST, follow_redirects=False)

        assert "Secure" in log_in(client, "reviewer", PASSWORD).headers["set-cookie"]

    def test_a_wrong_password_and_an_unknown_name_read_the_same(self, browser_at, known):
        """Nobody learns which accounts there are."""
        wrong = log_in(browser_at(), "reviewer", "x" * 12)
        unknown = log_in(browser_at(), "nobody", PASSWORD)

        said = [re.search(r'<p class="wrong"[^>]*>([^<]+)', answer.text)[1] for answer in (wrong, unknown)]
        assert (wrong.status_code, unknown.status_code) == (403, 403)
        assert said[0] == said[1]
        assert "set-cookie" not in wrong.headers | unknown.headers

    def test_what_was_typed_stays_text(self, browser_at):
        """A name is no markup on the page that comes back."""
        answer = log_in(browser_at(), '"><script>alert(1)</script>', "x" * 12, next='/"><script>')

        assert "<script" not in answer.text

    @pytest.mark.parametrize(
        "elsewhere",
        [
            "https://evil.example/",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "evil",
            "/login?next=/",
            "/logout",
        ],
    )
    def test_nobody_is_sent_elsewhere(self, browser_at, known, elsewhere):
        """`next` leads to pages of this site."""
        assert log_in(browser_at(), "reviewer", PASSWORD, next=elsewhere).headers["location"] in {"/", "/queue"}

    @pytest.mark.parametrize(
        "headers",
        [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Referer": "http://127.0.0.1:8502/"}],
        ids=["none", "another", "hidden", "other port"],
    )
    def test_other_sites_log_nobody_in_or_out(self, browser_at, headers):
        """A form elsewhere cannot act in somebody's name."""
        client = browser_at(Role.READER)

        assert log_in(client, "reader", PASSWORD, headers).status_code == 403
        assert client.post("/login/oidc", data={"ticket": "x"}, headers=headers).status_code == 403
        assert client.post("/logout", headers=headers).status_code == 403
        assert client.get("/", headers=HTML).status_code == 200

    def test_who_goes_out_is_out_everywhere(self, browser_at, desk, known):
        """The token opens nothing any more, in whatever browser it is."""
        token = desk.accounts.log_in("reviewer", PASSWORD, at=data.now())
        client, same = browser_at(token=token), browser_at(token=token)

        answer = client.post("/logout", headers=OURS)

        assert (answer.status_code, answer.headers["location"]) == (303, "/login")
        assert same.get("/", headers=HTML).headers["location"] == "/login"

    def test_a_body_that_is_too_large_is_not_read(self, browser_at, known):
        """It counts as an empty form."""
        answer = log_in(browser_at(), "reviewer", PASSWORD, rest="x" * 20_000)

        assert answer.status_code == 403

    def test_whoever_is_in_does_not_see_the_login_page(self, browser_at):
        """They go on; others get the page, which loads nothing and runs nothing."""
        assert browser_at(Role.READER).get("/login?next=/rules").headers["location"] == "/rules"
        page = browser_at().get("/login")
        assert page.status_code == 200
        assert "script" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]

    def test_a_ticket_is_changed_for_a_cookie_once_and_in_one_browser(self, browser_at, desk):
        """Whom a provider vouches for; Streamlit's own cookie goes."""
        provider = ("https://id.example", "42")
        desk.accounts.add("remote", Role.READER, oidc=provider, by="test", at=data.now())
        ticket, stolen = (
            desk.accounts.log_in_oidc(*provider, name="", at=data.now(), browser="of-streamlit") for _ in range(2)
        )
        mine, other = browser_at(), browser_at()
        mine.cookies.set("_streamlit_user", "of-streamlit")

        assert other.post("/login/oidc", data={"ticket": stolen}, headers=OURS).status_code == 403
        answer = mine.post("/login/oidc", data={"ticket": ticket}, headers=OURS)

        assert answer.json() == {"to": "/login"}
        assert '_streamlit_user=""; expires=' in answer.headers["set-cookie"]
        assert mine.get("/", headers=HTML).status_code == 200
        assert mine.post("/login/oidc", data={"ticket": ticket}, headers=OURS).status_code == 403


class TestPassword:
    def test_people_change_their_own(self, browser_at, desk):
        """Every log-in ends, and the new one counts."""
        desk.accounts.add("mover", Role.READER, password=PASSWORD, by="test", at=data.now())
        client = browser_at(token=desk.accounts.log_in("mover", PASSWORD, at=data.now()))
        new = "另起一行，从头再来，十二个字"

        answer = client.post("/password", data={"now": PASSWORD, "to": new, "again": new}, headers=OURS)

        assert (answer.status_code, answer.headers["location"]) == (303, "/login?changed=1")
        assert client.get("/", headers=HTML).status_code == 303
        assert "密码已更改" in client.get("/login?changed=1").text
        assert log_in(browser_at(), "mover", new).status_code == 303

    @pytest.mark.parametrize(
        ("now", "to", "again"),
        [("x" * 12, "y" * 12, "y" * 12), (PASSWORD, "y" * 12, "z" * 12), (PASSWORD, "short", "short")],
        ids=["not the password", "not the same", "too short"],
    )
    def test_what_is_wrong_is_said_and_nothing_changes(self, browser_at, now, to, again):
        """In Chinese; the person stays in."""
        client = browser_at(Role.EDITOR)

        answer = client.post("/password", data={"now": now, "to": to, "again": again}, headers=OURS)

        assert answer.status_code == 403
        assert re.search(r'class="wrong"[^>]*>[^<]*[\u4e00-\u9fff]', answer.text)
        assert client.get("/", headers=HTML).status_code == 200

    def test_other_sites_and_nobodies_change_none(self, browser_at):
        """A form elsewhere has no part in it."""
        fields = {"now": PASSWORD, "to": "y" * 12, "again": "y" * 12}

        assert browser_at(Role.EDITOR).post("/password", data=fields).status_code == 403
        assert browser_at().post("/password", data=fields, headers=OURS).status_code == 403


class TestNobody:
    @pytest.mark.parametrize("path", ["/", "/queue?severity=serious"])
    def test_a_page_sends_to_the_login_and_back(self, browser_at, path):
        """Nothing of it is shown."""
        answer = browser_at().get(path, headers=HTML)

        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login")

    @pytest.mark.parametrize(
        "path",
        ["/media/x.mp4", "/_stcore/metrics", "/_stcore/agent/openapi.json", "/component/x/y.js", "/evidence/x", "/nix"],
    )
    def test_nothing_else_answers(self, browser_at, path):
        """Streamlit's open addresses are closed."""
        assert browser_at().get(path).status_code == 403

    def test_uploads_and_the_websocket_are_closed(self, browser_at):
        """No script runs for nobody."""
        client = browser_at()

        assert client.put("/_stcore/upload_file/a/b", content=b"x").status_code == 403
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream", headers=OURS):
            pass

    def test_a_session_ends_with_its_account(self, browser_at, desk):
        """Nobody is let in with what was given out before."""
        desk.accounts.add("leaving", Role.READER, password=PASSWORD, by="test", at=data.now())
        client = browser_at(token=desk.accounts.log_in("leaving", PASSWORD, at=data.now()))
        assert client.get("/", headers=HTML).status_code == 200

        desk.accounts.change("leaving", active=False, by="test", at=data.now())

        assert client.get("/", headers=HTML).status_code == 303


class TestEvidence:
    def test_a_clip_comes_whole_and_in_ranges(self, browser_at, desk):
        """Browsers seek by asking for ranges."""
        client = browser_at(Role.READER)
        path = f"/evidence/{sign(desk, client, 'clip.mp4')}"

        whole, part = client.get(path), client.get(path, headers={"Range": "bytes=10-19"})

        assert (whole.status_code, len(whole.content), whole.headers["content-type"]) == (200, 1000, "video/mp4")
        assert (part.status_code, len(part.content)) == (206, 10)
        assert part.headers["content-range"] == "bytes 10-19/1000"
        assert client.get(path, headers={"Range": "bytes=5000-"}).status_code == 416
        assert "no-store" in whole.headers["cache-control"]
        assert whole.headers["content-security-policy"] == "default-src 'none'; sandbox"

    def test_stills_come_too(self, browser_at, desk):
        """From their folder within the case."""
        client = browser_at(Role.READER)

        assert client.get(f"/evidence/{sign(desk, client, 'stills/1.jpg')}").headers["content-type"] == "image/jpeg"

    @pytest.mark.parametrize("role", list(Role))
    def test_every_role_may_look(self, browser_at, desk, role):
        """As the table of rights says."""
        client = browser_at(role)

        assert client.get(f"/evidence/{sign(desk, client, 'clip.mp4')}").status_code == 200

    def test_foreign_expired_and_altered_tokens_are_refused(self, browser_at, desk):
        """A link works for the session that it was made for, for a while, and as it was made."""
        mine, other = browser_at(Role.READER), browser_at(Role.ADMIN)
        token = sign(desk, mine, "clip.mp4")
        swapped = ("B" if token[-6] == "A" else "A").join((token[:-6], token[-5:]))

        assert other.get(f"/evidence/{token}").status_code == 403
        assert browser_at().get(f"/evidence/{token}").status_code == 403
        for bad in (swapped, token[:-1], "x", sign(desk, mine, "clip.mp4", lasts=timedelta(seconds=-1))):
            assert mine.get(f"/evidence/{bad}").status_code == 403
        assert mine.get(f"/evidence/{token}").status_code == 200

    def test_the_same_person_logged_in_again_needs_a_new_link(self, browser_at, desk):
        """A link that was passed on dies with the session."""
        before = browser_at(Role.REVIEWER)
        after = browser_at(token=desk.accounts.log_in("reviewer", PASSWORD, at=data.now()))

        assert after.get(f"/evidence/{sign(desk, before, 'clip.mp4')}").status_code == 403

    @pytest.mark.parametrize(
        "part",
        [
            "../f-2/clip.mp4",
            "../../monitor.db",
            "/etc/passwd",
            "manifest.json",
            "stills",
            "",
            ".",
            "stills/../clip.mp4",
            "clip.mp4\x00",
        ],
    )
    def test_only_what_the_flag_names_is_found(self, browser_at, desk, part):
        """Not even a signed token reaches anything else."""
        client = browser_at(Role.LEAD)

        assert client.get(f"/evidence/{sign(desk, client, part)}").status_code == 404

    def test_a_link_out_of_the_case_is_not_followed(self, browser_at, desk):
        """Whoever writes into the workspace gets no other file served."""
        client = browser_at(Role.LEAD)
        fill(desk.store, ["f-linked"], "乙")
        clip = desk.settings.workspace / "evidence" / "f-linked" / "clip.mp4"
        clip.unlink()
        clip.symlink_to(desk.settings.workspace / "evidence" / FLAG / "clip.mp4")

        assert client.get(f"/evidence/{sign(desk, client, 'clip.mp4', 'f-linked')}").status_code == 404

    def test_evidence_that_is_gone_and_unknown_flags_are_not_found(self, browser_at, desk):
        """404, not an error."""
        client = browser_at(Role.LEAD)
        fill(desk.store, ["f-gone"], "丙")
        (desk.settings.workspace / "evidence" / "f-gone" / "clip.mp4").unlink()

        assert client.get(f"/evidence/{sign(desk, client, 'clip.mp4', 'f-gone')}").status_code == 404
        assert client.get(f"/evidence/{sign(desk, client, 'clip.mp4', 'nix')}").status_code == 404

    @pytest.mark.parametrize(
        "path",
        ["/evidence/../monitor.db", "/evidence/%2e%2e%2fmonitor.db", "/evidence/a/b", "/login/x", "/static/../../x"],
    )
    def test_paths_lead_nowhere(self, browser_at, path):
        """Nothing of the disk is an address."""
        assert browser_at(Role.ADMIN).get(path).status_code in {400, 403, 404}


class TestEveryAnswer:
    @pytest.mark.parametrize("path", ["/login", "/", "/nix", "/static/nix.js", "/_stcore/health", "/evidence/x"])
    def test_headers_keep_it_what_it_is(self, browser_at, path):
        """No sniffing, no framing, no foreign scripts, wherever one asks."""
        headers = browser_at(Role.READER).get(path).headers

        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert "default-src" in headers["content-security-policy"]
        scripts = re.search(r"script-src ([^;]*)", headers["content-security-policy"])
        assert scripts is None or "unsafe-inline" not in scripts[1]

    @pytest.mark.parametrize(
        "host", ["evil.example", "127.0.0.1.evil.example", "", "user@127.0.0.1", "localhost:8501:1"]
    )
    def test_a_foreign_name_gets_nothing(self, browser_at, host):
        """Not even the login page (DNS rebinding)."""
        assert browser_at().get("/login", headers={"Host": host}).status_code == 400

    @pytest.mark.parametrize("host", [*LOCAL_HOSTS, "LOCALHOST:9000", "[::1]:8501"])
    def test_this_machine_is_known(self, browser_at, host):
        """By name and number, whatever the port."""
        assert browser_at().get("/login", headers={"Host": host}).status_code == 200

    def test_streamlits_page_speaks_chinese(self, browser_at):
        """As long as it has not run; and its one inline script is named by its hash."""
        page = browser_at(Role.READER).get("/", headers=HTML)

        assert '<html lang="zh-CN">' in page.text
        assert "<title>直播巡检</title>" in page.text
        assert "Streamlit" not in re.sub(r"<script.*?</script>|<link[^>]*>", "", index_html(), flags=re.DOTALL)
        assert page.headers["content-security-policy"].count("'sha256-") == 1

    def test_the_sign_in_the_tab_is_ours(self, browser_at):
        """For everybody: the login page shows it too."""
        sign = browser_at().get("/favicon.png")

        assert sign.headers["content-type"] == "image/svg+xml"
        assert "<svg" in sign.text

    def test_addresses_that_lead_nowhere_say_so(self, browser_at):
        """In Chinese, with 404."""
        answer = browser_at(Role.READER).get("/nix", headers=HTML)

        assert answer.status_code == 404
        assert "没有这个页面" in answer.text
