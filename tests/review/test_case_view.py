"""What a reviewer gets to see of one flag, and what they must not."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from exported_cases import NoisyCutter, desk
from review.desk import decide
from store.broadcasts import STREAM, begin, end

from monitor.audit import Act, Entry
from monitor.config import Settings
from monitor.evidence import TimedPart, keep
from monitor.flag_line import flag_line
from monitor.records import (
    Box,
    Channel,
    Cue,
    Evidence,
    Flag,
    Gap,
    Hit,
    Method,
    Role,
    Sense,
    State,
    Suppression,
    Violation,
)
from monitor.review.accounts import Accounts
from monitor.review.case_beside import CasesBeside
from monitor.review.case_view import Cases
from monitor.review.media_tokens import MediaTokens
from monitor.roles import Person, RefusedError
from monitor.roles import Role as DeskRole
from monitor.rules import Rule, Severity
from monitor.store import Store, Unit
from monitor.store.verdicts import Decision, Reason, Round, UnknownFlagError, Verdict
from monitor.timeline import Span

AT = datetime(2026, 11, 22, 9, 30, 40, tzinfo=UTC)
SESSION = "session-1"
HOSTILE = "<script>alert(1)</script>\u202e=cmd|'/c'!A1\x07 **粗** :red[红]"
SPOKEN = Cue("s", Channel.SPEECH, Span(104_000, 107_000), "拍完给你反现三十块，不搞退款")
BOARD = Cue("v", Channel.SCREEN, Span(98_000, 160_000), f"拍|下有礼 {HOSTILE}", box=Box(40, 60, 140, 100))
COMMENT = Cue("c", Channel.CHAT, Span(105_000, 105_000), "@小王爱购物 反现是真的吗", role=Role.VIEWER, sender="3f2a")
FAR = Cue("x", Channel.SPEECH, Span(500_000, 502_000), "很久以后的话")
BEHIND = Cue("h", Channel.SPEECH, Span(20_000, 21_000), "很久以前的话")
RULE = Rule("dy-1", "禁止诱导退款", "不得以返现诱导", "公告", "2026-01-01", "2026-11-01", "notice", ("警告",))


def found(cue: Cue, raw: str, term: str, method: Method, how: str = "", score: float = 0.93, **more: object) -> Hit:
    at = cue.text.index(raw)
    chars = (at, at + len(raw))
    return Hit(term, "slot", cue.cue_id, cue.channel, cue.span_of(*chars), chars, raw, method, score, how, **more)


CASHBACK = found(SPOKEN, "反现", "返现", Method.PHONETIC, "反现 → 返现, same sound")
ORDER = found(BOARD, "拍|下", "拍下", Method.VARIANT, "拍|下 → 拍下, inserted symbols", 0.95, box=BOARD.box)
DENIED = Suppression(found(SPOKEN, "退款", "退款", Method.EXACT, "", 1.0), "denial")


def flagged(flag_id: str, *hits: Hit, start_ms: int = 100_000, end_ms: int = 112_000, **changes: object) -> Flag:
    more = {"suppressed": (DENIED,), "facts": ("下单返现", "本场第 4 次", "涉及金额 300 元"), **changes}
    violation = Violation(
        f"v-{flag_id}", "cashback_refund", Span(start_ms, end_ms), hits or (CASHBACK, ORDER), ("order-cashback",), 0.91,
        False, Severity.SERIOUS, "desk", State.CLOSED, (SPOKEN, COMMENT),
    )  # fmt: skip
    return Flag(flag_id, STREAM, replace(violation, **more), (RULE,), None, "sha256:1", "sha256:2", {"speech": "base"})


@dataclass
class Room:
    """A store with a desk's accounts before it."""

    store: Store
    settings: Settings
    accounts: Accounts
    tokens: MediaTokens
    cases: Cases
    beside: CasesBeside

    def person(self, role: DeskRole = DeskRole.REVIEWER, name: str = "") -> Person:
        name = name or role.value
        known = {account.name: account for account in self.accounts.all()}
        account = known.get(name) or self.accounts.add(name, role, by="test", at=AT)
        return account.person()

    def keep(self, *flags: Flag, key: str = "甲", cues: tuple[Cue, ...] = (), evidence: bool = True, **given) -> int:
        """Scans a stream with these flags, each with signed evidence."""
        told = cues or (SPOKEN, BOARD, COMMENT, FAR, BEHIND)
        kept = [replace(flag, evidence=self.evidence(flag, told, **given)) if evidence else flag for flag in flags]
        stream = replace(STREAM, creator=given.get("creator", STREAM.creator))
        stream_id = begin(self.store, key, stream=stream, media_key=key)
        gaps = (
            Gap(Sense.HEARD, Span(108_000, 109_000), "undecodable"),
            Gap(Sense.SEEN, Span(300_000, 310_000), "no looks"),
        )
        kept = [replace(flag, stream=stream) for flag in kept]
        self.store.add(stream_id, Unit(cues=told, flags=kept, gaps=gaps))
        end(self.store, stream_id, end_ms=600_000, heard_ms=540_000, seen_ms=600_000)
        return stream_id

    def evidence(self, flag: Flag, cues: tuple[Cue, ...], settings: Settings | None = None, **_: object) -> Evidence:
        source = self.store.workspace / "甲_000.flv"
        source.write_bytes(b"recording")
        return keep(
            flag, line=flag_line(flag), parts=(TimedPart(source, Span(0, 600_000)),), cues=cues, cutter=NoisyCutter(),
            folder=self.store.workspace / "evidence", settings=settings or Settings(),
            source_digests={source: "ab" * 32}, facts={"software": "0.1.0"}, signer=desk(7), viewer_rows=[],
        )  # fmt: skip

    def view(self, flag_id: str = "f-1", person: Person | None = None, claim: Claim | None = None):
        return self.cases.view(person or self.person(), SESSION, flag_id, claim=claim, at=AT)

    def around(self, flag_id: str = "f-1", person: Person | None = None, claim: Claim | None = None):
        person = person or self.person()
        return self.beside.beside(person, self.view(flag_id, person, claim), claim=claim)

    def says(self, flag_id: str, decision: Decision, by: str, round_: Round, **more) -> None:
        seen = self.store.reviews.states([flag_id])[flag_id].events
        reasons = (Reason.HARMLESS,) if decision is Decision.DISMISSED else ()
        self.store.reviews.decide(Verdict(flag_id, decision, by, AT, seen, reasons=reasons, round=round_, **more))


@dataclass(frozen=True)
class Claim:
    """As the queue gives it."""

    flag_id: str
    by: str = "reviewer"
    round: Round = Round.FIRST
    until: datetime = AT + timedelta(minutes=10)
    seen: int = 0
    gold: bool = False


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    workspace = tmp_path_factory.mktemp("empty") / "w"
    Store.open(workspace)._database.close()
    return workspace


@pytest.fixture
def room(empty, tmp_path):
    store = Store.open(shutil.copytree(empty, tmp_path / "w"))
    settings = Settings(workspace=store.workspace, keys=tmp_path / "keys")
    accounts, tokens = Accounts(store, settings), MediaTokens(b"k" * 32)
    return Room(
        store, settings, accounts, tokens, Cases(store, settings, accounts, tokens), CasesBeside(store, accounts)
    )


def words(line: dict) -> str:
    return "".join(text for text, _ in line["pieces"])


# The player


def test_the_clip_its_pieces_and_stills_are_those_of_the_evidence(room):
    """Times are the stream's, and each address opens for this log-in alone, for a quarter of an hour."""
    room.keep(flagged("f-1"))

    told = room.view().to_player(seek_ms=105_000)

    assert told["span"] == {"start_ms": 100_000, "end_ms": 112_000}
    assert told["start_at_ms"] == min(CASHBACK.span.start_ms, ORDER.span.start_ms) - 5000
    assert told["seek_ms"] == 105_000
    assert told["pieces"][0]["clip_start_ms"] == 0
    assert told["pieces"][0]["stream_start_ms"] < 100_000
    assert told["clip"]["length_ms"] > 12_000
    assert len(told["stills"]) >= 2
    urls = [told["clip"]["url"], *(still["url"] for still in told["stills"])]
    opened = [room.tokens.open(url.removeprefix("/evidence/"), session=SESSION, at=AT) for url in urls]
    folder = Path(room.view().stored.line["evidence"]["folder"])
    assert {part.flag_id for part in opened} == {"f-1"}
    assert all((folder / part.part).is_file() for part in opened)
    assert timedelta(minutes=14) <= opened[0].until - AT <= timedelta(minutes=15)
    with pytest.raises(RefusedError):
        room.tokens.open(urls[0].removeprefix("/evidence/"), session="another", at=AT)


def test_a_long_flag_has_several_pieces_and_the_words_of_each(room):
    """What was said between the pieces is not there; what a hit stands in always is."""
    late = Cue("l", Channel.SPEECH, Span(404_000, 406_000), "还是反现三十")
    between = Cue("b", Channel.SPEECH, Span(250_000, 252_000), "中间的话")
    hits = (CASHBACK, found(late, "反现", "返现", Method.PHONETIC))
    settings = Settings(long_flag_ms=60_000)
    room.keep(flagged("f-1", *hits, end_ms=407_000), cues=(SPOKEN, between, late), settings=settings)

    told = room.view().to_player()

    assert len(told["pieces"]) > 1
    said = [words(line) for line in told["lines"]]
    assert SPOKEN.text in said
    assert late.text in said
    assert between.text not in said


def test_hits_explain_themselves_and_stand_in_their_lines(room):
    """Raw words, term, method and score; the very characters are marked, what was set aside too."""
    room.keep(flagged("f-1"))

    told = room.view().to_player()

    assert [hit["how"] for hit in told["hits"]] == ["反现 → 返现 · 同音 · 0.93", "拍|下 → 拍下 · 变体 · 0.95"]
    assert told["hits"][1]["box"] == [40, 60, 140, 100]
    [aside] = told["suppressed"]
    assert (aside["raw"], aside["reason"]) == ("退款", "主播在否认")
    spoken = next(line for line in told["lines"] if line["lane"] == "speech")
    marks = {text: number for text, number in spoken["pieces"] if number is not None}
    assert marks == {"反现": told["hits"][0]["id"], "退款": aside["id"]}


def test_the_same_words_are_one_hit(room):
    """Found twice in one way, or weighed once more by the judge, they are told once."""
    again = replace(CASHBACK, method=Method.LEARNED, term="反现", score=0.99)
    room.keep(flagged("f-1", CASHBACK, CASHBACK, again, ORDER, suppressed=(DENIED, replace(DENIED))))

    told = room.view().to_player()

    assert [hit["method"] for hit in told["hits"]] == ["phonetic", "variant"]
    assert len(told["suppressed"]) == 1


def test_text_near_the_clip_is_told_and_no_other(room):
    """Also a board that went up before the clip begins; a viewer has no name."""
    room.keep(flagged("f-1"))

    lines = room.view().to_player()["lines"]

    assert [line["lane"] for line in lines] == ["screen", "speech", "chat"]
    chat = lines[2]
    assert (chat["who"], words(chat)) == ("观众", "@〔观众〕 反现是真的吗")
    assert "小王" not in str(room.view().to_player())
    assert "3f2a" not in str(room.view().to_player())


def test_gaps_near_the_clip_are_told(room):
    """Those that nobody can see on the timeline stand beside the flag alone."""
    room.keep(flagged("f-1"))

    [gap] = room.view().to_player()["gaps"]

    assert (gap["sense"], gap["start_ms"], gap["why"]) == ("heard", 108_000, "数据损坏，无法解码")


def test_hostile_text_is_made_visible(room):
    """What reorders or rings is spelt out; markup stays the characters that it is."""
    room.keep(flagged("f-1", facts=(HOSTILE,)), creator=f"店{HOSTILE}")

    view = room.view()
    told = str(view.to_player()) + "".join(view.facts)

    assert "\u202e" not in told
    assert "\x07" not in told
    assert "⟨U+202E⟩" in view.to_player()["heading"]
    assert "<script>" in told


def test_a_text_of_ten_thousand_characters_is_cut_round_its_hits(room):
    """The hit and what stands round it stay."""
    long = Cue("s", Channel.SPEECH, Span(104_000, 107_000), "前" * 5000 + "反现" + "后" * 5000)
    room.keep(flagged("f-1", found(long, "反现", "返现", Method.PHONETIC), suppressed=()), cues=(long,))

    [line] = room.view().to_player()["lines"]

    assert len(words(line)) < 400
    assert ["反现", 0] in line["pieces"]


# What is not there


def test_without_its_own_text_the_evidence_tells(room):
    """When what was heard of the stream is deleted, the transcript of the bundle is shown."""
    stream_id = room.keep(flagged("f-1"))
    [raw] = room.store.retention.kept_raw()
    assert raw.stream_id == stream_id
    room.store.retention.forget_raw(raw, why="old", plan="p", size_bytes=1, by="张", at=AT)

    told = room.view().to_player()

    spoken = next(line for line in told["lines"] if words(line) == SPOKEN.text)
    assert ["反现", told["hits"][0]["id"]] in spoken["pieces"]
    assert any(line["lane"] == "screen" and line["start_ms"] == ORDER.span.start_ms for line in told["lines"])
    assert "小王" not in str(told)


def test_evidence_deleted_by_retention_is_said_with_its_day(room):
    """No clip, no stills, and why."""
    room.keep(flagged("f-1"))
    [kept] = room.store.retention.kept_evidence()
    room.store.retention.forget_evidence(kept, kept_as="clip", why="365 days", plan="p", size_bytes=1, by="张", at=AT)

    view = room.view()
    told = view.to_player()

    assert view.evidence_deleted
    assert (told["clip"], told["stills"], told["pieces"]) == (None, [], [])
    assert told["no_clip"] == "证据的留存期已满，于 2026-11-22 删除；线索和复核记录仍在。"
    assert told["lines"]


@pytest.mark.parametrize("lost", ["clip.mp4", "manifest.json", "."])
def test_a_damaged_folder_is_no_error(room, lost):
    """A lost clip is said; without a manifest nothing is known of pieces."""
    room.keep(flagged("f-1"))
    path = Path(room.view().stored.line["evidence"]["folder"]) / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()

    told = room.view().to_player()

    assert (told["clip"] is None) == (lost != "manifest.json")
    assert ("不在了" in told["no_clip"]) == (lost != "manifest.json")
    assert bool(told["pieces"]) == (lost == "clip.mp4")
    assert told["hits"]


@pytest.mark.parametrize("written", ["[1, 2]", "{", '{"pieces": 3, "stills": [{"name": "../../../etc/passwd"}]}'])
def test_a_foreign_manifest_opens_nothing(room, written):
    """Only what the flag's own line names has an address."""
    room.keep(flagged("f-1"))
    folder = Path(room.view().stored.line["evidence"]["folder"])
    (folder / "manifest.json").write_text(written, "utf-8")

    told = room.view().to_player()

    names = {
        room.tokens.open(one["url"].removeprefix("/evidence/"), session=SESSION, at=AT).part for one in told["stills"]
    }
    assert names <= set(room.view().stored.line["evidence"]["stills"])


def test_a_flag_without_evidence_says_so(room):
    """So does one whose clip could not be cut."""
    room.keep(flagged("f-1"), evidence=False)
    folder = room.store.workspace / "evidence" / "f-2"
    folder.mkdir(parents=True)
    uncut = Evidence(folder, None, (), None, None, "clip: has no picture")
    room.keep(replace(flagged("f-2"), evidence=uncut), key="乙", evidence=False)

    assert room.view("f-1").to_player()["no_clip"] == "这条线索没有保存证据。"
    assert room.view("f-2").to_player()["no_clip"] == "没有录像片段：录像没有画面。"


def test_an_unknown_flag_is_none(room):
    with pytest.raises(UnknownFlagError):
        room.view("f-404")


# Why, and under which rules


def test_severity_is_told_with_its_basis_and_what_raised_it(room):
    """Two facts raise it by a step; the platform's own ladder is not raised by the desk."""
    room.keep(flagged("f-1"))
    room.keep(flagged("f-2", facts=("本场第 4 次",)), key="乙")
    room.keep(flagged("f-3", severity_basis="notice"), key="丙")

    first, second, third = (room.view(flag_id) for flag_id in ("f-1", "f-2", "f-3"))

    assert (first.severity_name, first.basis, first.raised) == ("严重", "desk", True)
    assert first.weighing == ("本场第 4 次", "涉及金额 300 元")
    assert first.facts == ("下单返现",)
    assert not second.raised
    assert (third.basis, third.raised) == ("notice", False)


def test_the_words_it_went_by_come_the_surest_first(room):
    room.keep(flagged("f-1"))

    assert [(one.raw, one.term, one.method) for one in room.view().went_by] == [
        ("拍|下", "拍下", "变体"),
        ("反现", "返现", "同音"),
    ]


def test_rules_stand_as_cards(room):
    """As they were on the stream's day, since the flag itself carries them."""
    room.keep(flagged("f-1"))

    [rule] = room.view().rules

    assert (rule.card.title, rule.state, rule.card.measures) == ("禁止诱导退款", "notice", ("警告",))


def test_a_candidate_is_looked_at_and_not_decided(room):
    """Even with a claim that should not be."""
    room.keep(flagged("f-1", candidate=True))

    view = room.view(claim=Claim("f-1"))

    assert view.candidate
    assert view.to_player()["decide"] is None
    assert "弱线索" in view.notices[0]


def test_a_flag_that_a_later_scan_no_longer_has_says_so(room):
    room.keep(flagged("f-1"))
    decide(room.store.reviews, "f-1", Decision.CONFIRMED)
    again = begin(room.store, "甲", fingerprint="f2", media_key="甲")
    room.store.add(again, Unit(cues=[SPOKEN]))
    end(room.store, again)

    assert "重新扫描过" in room.view().notices[0]


# Who may what


def test_only_ones_own_claim_lets_one_decide(room):
    """Nobody's, another's, and another flag's do not."""
    room.keep(flagged("f-1"))

    own = room.view(claim=Claim("f-1")).to_player()["decide"]

    assert own["round_name"] == "初审"
    assert [button["decision"] for button in own["buttons"]] == ["confirmed", "dismissed", "escalated", "undecided"]
    assert own["severity"] == "serious"
    assert ["very_serious", "特别严重"] in own["severities"]
    assert room.view().to_player()["decide"] is None
    assert room.view(claim=Claim("f-1", by="lead")).to_player()["decide"] is None
    assert room.view(claim=Claim("f-2")).to_player()["decide"] is None


def test_the_last_round_confirms_or_dismisses(room):
    room.keep(flagged("f-1"))

    told = room.view(claim=Claim("f-1", round=Round.FINAL)).to_player()["decide"]

    assert told["round_name"] == "终审"
    assert [button["decision"] for button in told["buttons"]] == ["confirmed", "dismissed"]


def test_nobody_without_an_account_looks(room):
    room.keep(flagged("f-1"))
    person = room.person()
    room.accounts.change(person.name, active=False, by="test", at=AT)

    with pytest.raises(RefusedError):
        room.view(person=person)


def test_what_somebody_prefers_is_told(room):
    room.keep(flagged("f-1"))
    room.accounts.prefer(room.person(), {"muted": True, "blurred": False})

    told = room.view().to_player()

    assert (told["muted"], told["blurred"]) == (True, False)


# Beside it


@pytest.mark.parametrize("role", list(DeskRole))
def test_before_the_second_round_is_over_nobody_learns_of_the_first(room, role):
    """Neither the decision nor who took it, nor the hold and the exports that follow from one."""
    room.keep(flagged("f-1"))
    room.says("f-1", Decision.CONFIRMED, "陈一审", Round.FIRST, second_review=True, note="很清楚")
    room.store.audit.append(Entry(AT, "陈一审", Act.EXPORT, "f-1", {"bytes": 1}))

    person = room.person(role)
    beside = room.around(person=person)
    told = str(beside) + str(room.view(person=person)) + str(room.view(person=person).to_player())

    assert beside.hidden
    assert beside.stands == "待复审"
    assert (beside.events, beside.holds, beside.exports) == ((), (), ())
    assert "陈一审" not in told
    assert "违规成立" not in told
    assert "很清楚" not in told


def test_who_decided_first_sees_their_own_decision(room):
    room.keep(flagged("f-1"))
    room.says("f-1", Decision.CONFIRMED, "reviewer", Round.FIRST, second_review=True)

    beside = room.around()

    assert [(event.by, event.what) for event in beside.events] == [("我", "初审 · 违规成立")]
    assert not beside.hidden


def test_the_last_round_sees_both_decisions_and_not_whose(room):
    """Names are for those who look after quality."""
    room.keep(flagged("f-1"))
    room.says("f-1", Decision.CONFIRMED, "陈一审", Round.FIRST, second_review=True)
    room.says("f-1", Decision.DISMISSED, "李二审", Round.SECOND, note="是在念规则")

    events = room.around(person=room.person(DeskRole.ADJUDICATOR)).events
    named = room.around(person=room.person(DeskRole.LEAD)).events

    assert [event.what for event in events] == ["初审 · 违规成立", "复审 · 误报"]
    assert events[1].why == "语境无害；是在念规则"
    assert {event.by for event in events} == {"一位同事"}
    assert [event.by for event in named] == ["陈一审", "李二审"]


def test_a_flag_whose_answer_is_known_looks_like_a_new_one(room):
    """Who tries it must not see that it was ever decided."""
    room.keep(flagged("f-1"))
    room.says("f-1", Decision.CONFIRMED, "陈", Round.FIRST)

    beside = room.around(claim=Claim("f-1", gold=True))

    assert (beside.stands, beside.hidden) == ("待初审", False)
    assert (beside.events, beside.holds, beside.exports) == ((), (), ())


def test_other_flags_of_the_stream_and_earlier_ones_of_the_creator_are_told_with_where_they_stand(room):
    """Rounds that go on are told by nothing but that they do."""
    room.keep(flagged("f-0", start_ms=50_000, end_ms=60_000), key="早")
    room.keep(flagged("f-9"), key="别人", creator="别的小店")
    room.keep(flagged("f-1"), flagged("f-2", start_ms=200_000, end_ms=210_000), flagged("f-3", candidate=True))
    room.says("f-0", Decision.DISMISSED, "陈", Round.FIRST)
    room.says("f-2", Decision.CONFIRMED, "陈", Round.FIRST, second_review=True)
    with room.store._database.writing() as session:
        from monitor.store.tables import StreamRow

        session.query(StreamRow).filter(StreamRow.stream_key == "早").update(
            {"started_at": datetime(2026, 10, 1, tzinfo=UTC)}
        )

    beside = room.around()

    assert [(other.flag_id, other.stands) for other in beside.others] == [("f-3", "弱线索"), ("f-2", "复核中")]
    assert [(flag.flag_id, flag.stands) for flag in beside.history.flags] == [("f-0", "误报")]
    assert (beside.history.confirmed, beside.history.dismissed, beside.history.open) == (0, 1, 0)


def test_gaps_of_the_stream_tell_which_are_near(room):
    room.keep(flagged("f-1"))

    beside = room.around()

    assert (beside.heard_share, beside.seen_share) == (0.9, 1.0)
    assert [(gap.sense_name, gap.near) for gap in beside.missing] == [("没有听到", True), ("没有看到", False)]


def test_holds_and_exports_of_a_closed_flag_are_told(room):
    room.keep(flagged("f-1"))
    room.says("f-1", Decision.CONFIRMED, "陈", Round.FIRST)
    room.store.reviews.hold("f-1", why="平台要材料", by="陈", at=AT)
    room.store.audit.append(Entry(AT, "陈", Act.EXPORT, "f-1", {"bytes": 1}))
    room.store.reviews.release("f-1", why="材料已交", by="周", at=AT + timedelta(hours=1))

    beside = room.around(person=room.person(DeskRole.LEAD))

    assert beside.stands == "已结：违规成立"
    assert [(hold.by, hold.what, hold.why) for hold in beside.holds] == [
        ("陈", "留存", "平台要材料"),
        ("周", "解除留存", "材料已交"),
    ]
    assert beside.exports == ((AT, "陈"),)


def test_evidence_can_be_verified_at_the_page(room):
    """A flipped byte is found."""
    room.keep(flagged("f-1"))
    clip = Path(room.view().stored.line["evidence"]["folder"]) / "clip.mp4"

    assert room.beside.verified(room.person(), "f-1") == ()
    clip.write_bytes(clip.read_bytes()[:-1] + b"!")
    assert room.beside.verified(room.person(), "f-1")
