"""One flag's page as different people find it, in its every state."""

from __future__ import annotations

import pytest
from desk_outline import Size
from desk_pages import act, made_up, page_of, words

from dashboard import data, reviewing
from dashboard.player import Decided

SIZE = Size(flags=320, streams=5, cues=1300, clips=0, undecided_share=0.5, hostile=True)


@pytest.fixture(scope="module")
def floor(tmp_path_factory):
    return made_up(tmp_path_factory.mktemp("flag"), SIZE, second_review_percent=0, gold_percent=0)


@pytest.fixture
def desk(floor):
    return data.use(floor[0])


@pytest.fixture
def waiting(floor, desk):
    """Flags that wait for their first decision, and that nobody is at."""
    person = person_called(desk, "reviewer20")
    # The most severe go to a second reviewer whatever the first one says.
    milder = (data.Severity.SLIGHT, data.Severity.ORDINARY)
    page = desk.queue.page(person, data.Filter(state=("first",), severity=milder), limit=300, at=data.now())
    return [row.flag_id for row in page.rows if not row.claimed_by]


def person_called(desk, login):
    return next(account for account in desk.accounts.all() if account.name == login).person()


def labels(visit):
    return [button.label for button in visit.button]


def test_a_link_is_for_looking(desk, waiting):
    """Nothing is claimed by it; everything that explains the flag is there."""
    visit = page_of("flag", "reviewer20", flag=waiting[0])

    assert not visit.exception
    assert "复核这条" in labels(visit)
    assert "接手" not in labels(visit)
    assert [tab.label for tab in visit.tabs] == ["规则", "依据", "主播", "同场", "缺口", "记录"]
    assert "待初审" in words(visit)
    assert desk.queue.claim(person_called(desk, "reviewer19"), waiting[0], at=data.now()).flag_id == waiting[0]
    desk.queue.release(person_called(desk, "reviewer19"), waiting[0], at=data.now())


def test_claiming_deciding_and_taking_back(desk, waiting):
    """The next flag comes by itself; the address goes with it."""
    visit = page_of("flag", "reviewer20", flag=waiting[0])
    visit.button(key="take").click().run()
    work = visit.session_state["_work"]
    assert work.claim.flag_id == waiting[0]

    act(visit, lambda: reviewing.decided(Decided(waiting[0], "dismissed", ("harmless",), "")))

    assert work.flag_id not in ("", waiting[0])
    assert visit.query_params["flag"] == work.flag_id
    assert desk.store.reviews.states([waiting[0]])[waiting[0]].decision is data.Decision.DISMISSED
    act(visit, reviewing.undo)
    assert work.flag_id == waiting[0]
    assert desk.store.reviews.states([waiting[0]])[waiting[0]].standing == ()
    act(visit, reviewing.put_back)


def test_a_refused_decision_leaves_the_flag_with_the_reason(desk, waiting):
    """The server asks for a reason, whatever the page let through."""
    visit = page_of("flag", "reviewer20", flag=waiting[0])
    visit.button(key="take").click().run()

    act(visit, lambda: reviewing.decided(Decided(waiting[0], "dismissed", (), "")))

    work = visit.session_state["_work"]
    assert work.flag_id == waiting[0]
    assert work.claim is not None
    assert desk.store.reviews.states([waiting[0]])[waiting[0]].standing == ()
    act(visit, lambda: reviewing.decided(Decided(waiting[0], "no such", (), "")))
    assert work.claim is not None
    act(visit, reviewing.put_back)


def test_somebody_elses_flag_says_whose_it_is(desk, waiting):
    """A lead may take it over, and then the other's decision is not kept."""
    other = person_called(desk, "reviewer19")
    desk.queue.claim(other, waiting[0], at=data.now())
    visit = page_of("flag", "reviewer20", flag=waiting[0])
    visit.button(key="take").click().run()

    assert visit.session_state["_work"].claim is None
    assert "审核19" in words(visit)
    lead = page_of("flag", "lead01", flag=waiting[0])
    lead.button(key="take-over").click().run()
    assert lead.session_state["_work"].claim.flag_id == waiting[0]
    with pytest.raises(data.RefusedError):
        desk.decisions.decide(other, waiting[0], data.Decision.CONFIRMED, seen=0, at=data.now())
    act(lead, reviewing.put_back)


def test_a_lost_claim_keeps_no_decision(desk, waiting):
    visit = page_of("flag", "reviewer20", flag=waiting[0])
    visit.button(key="take").click().run()
    desk.queue.take_over(person_called(desk, "lead01"), waiting[0], at=data.now())

    act(visit, lambda: reviewing.decided(Decided(waiting[0], "confirmed")))

    assert desk.store.reviews.states([waiting[0]])[waiting[0]].standing == ()
    assert visit.session_state["_work"].claim is None
    assert "复核这条" in labels(visit)
    desk.queue.release(person_called(desk, "lead01"), waiting[0], at=data.now())


def test_when_nothing_is_left_the_page_says_so(desk, waiting):
    """With a way back to what was passed over."""
    visit = page_of("flag", "reviewer20", flag=waiting[0])
    visit.session_state["_work"].filter = data.Filter(text=waiting[0])
    visit.button(key="take").click().run()

    act(visit, lambda: reviewing.skip(waiting[0]))

    assert "没有待复核的线索了" in words(visit)
    assert "跳过了 1 条" in words(visit)
    assert "flag" not in visit.query_params
    visit.button(key="look-again").click().run()
    assert visit.session_state["_work"].flag_id == waiting[0]
    act(visit, reviewing.put_back)


@pytest.mark.parametrize("flag_id", ["", "0" * 16, "../../etc", "<script>", "9" * 4000])
def test_an_address_that_leads_nowhere_is_no_error(desk, flag_id):
    visit = page_of("flag", "reviewer20", flag=flag_id)

    assert not visit.exception
    assert "没有这条线索" in words(visit) or "还没有取线索" in words(visit)


@pytest.mark.parametrize("at_s", ["", "83", "-1", "1e9", "١٢", "9" * 400])
def test_any_second_of_an_address_is_taken_or_left(desk, waiting, at_s):
    visit = page_of("flag", "reviewer20", flag=waiting[0], t=at_s)

    assert not visit.exception
    assert visit.session_state["_work"].seek_ms == (83_000 if at_s == "83" else None)


def test_who_may_not_decide_is_not_asked_to(desk, waiting):
    for login in ("reader01", "editor01", "admin01"):
        assert "复核这条" not in labels(page_of("flag", login, flag=waiting[0]))


def test_evidence_deleted_by_retention_is_said(desk, floor, tmp_path):
    """The record says so; nothing offers to verify what is gone."""
    with desk.store._database.reading() as session:
        from sqlalchemy import select

        from monitor.store.tables import FlagRow

        flag_id = session.scalar(select(FlagRow.flag_id).where(~FlagRow.candidate).limit(1))
    with desk.store._database.writing() as session:
        row = session.scalars(select(FlagRow).where(FlagRow.flag_id == flag_id)).one()
        evidence = {"folder": "evidence/x", "clip": "clip.mp4", "stills": [], "transcript": None, "manifest": None}
        row.line = {**row.line, "evidence": {**evidence, "problem": "", "deleted": {"at": "2026-11-01T00:00:00+00:00"}}}

    visit = page_of("flag", "reviewer20", flag=flag_id)

    assert "已按留存期限删除" in words(visit)
    assert "核验证据" not in labels(visit)


@pytest.fixture
def closed(desk):
    """Confirmed flags without an appeal, which neither of those decided about who answer here."""
    found = desk.queue.page(
        person_called(desk, "lead01"), data.Filter(state=("closed:confirmed",)), limit=300, at=data.now()
    )
    events = {row.flag_id: desk.store.reviews.verdicts(row.flag_id) for row in found.rows if not row.appealed_at}
    return [flag_id for flag_id, some in events.items() if {one.reviewer for one in some}.isdisjoint({"adjudicator02"})]


def say(visit, act, words):
    """What the dialog of one act of 留存与申诉 asks for."""
    visit.button(key=f"casework-{act}").click().run()
    visit.text_area(key=f"casework-words-{act}").set_value(words)
    visit.button(key=f"casework-do-{act}").click().run()
    assert not visit.exception


def test_a_lead_keeps_a_flag_and_lets_go_of_it(desk, waiting):
    """Without a reason nothing happens; what others wrote is not for who may be its next reviewer."""
    visit = page_of("flag", "lead01", flag=waiting[0])
    assert "没有留存" in words(visit)
    assert not [button for button in visit.button if button.key in ("casework-release", "casework-appeal")]

    say(visit, "hold", " ")
    assert visit.session_state["casework.refused"] == "请填写理由"
    assert desk.store.reviews.holds(waiting[0]) == []
    visit = page_of("flag", "lead01", flag=waiting[0])
    say(visit, "hold", "监管来函 <b>:red[x]</b>")

    assert [one.why for one in desk.store.reviews.holds(waiting[0])] == ["监管来函 <b>:red[x]</b>"]
    assert "已留存" in words(visit)
    assert "留存中" in words(visit)
    assert "监管来函" in words(visit)
    other = words(page_of("flag", "lead02", flag=waiting[0]))
    assert "另有 1 项同事的留存" in other
    assert "监管来函" not in other
    assert "casework-hold" not in [one.key for one in page_of("flag", "reviewer20", flag=waiting[0]).button]
    say(visit, "release", "来函已撤回")
    assert "没有留存" in words(visit)


def test_an_appeal_is_noted_by_one_and_answered_by_another(desk, closed):
    """One click leads from the queue to all that wait; who decided is told why they do not answer."""
    visit = page_of("flag", "lead01", flag=closed[0])
    assert "复核这条" not in labels(visit)
    say(visit, "appeal", "商家称活动已下架")
    assert "申诉待处理" in words(visit)
    assert visit.button(key="casework-release").disabled
    assert "casework-uphold" not in [button.key for button in visit.button]

    queue = page_of("queue", "lead01")
    queue.button(key="queue.appeals").click().run()
    table = queue.dataframe[0].value
    assert set(table["状态"]) == {"申诉待处理"}
    assert "—" not in set(table["等待"])
    assert queue.query_params["state"] == "appealed"
    assert not queue.metric, "nothing of what waits is counted where nothing of it is listed"
    assert "state" not in page_of("queue", "lead01").query_params
    assert "queue.appeals" not in [button.key for button in page_of("queue", "reviewer20").button]

    answer = page_of("flag", "adjudicator02", flag=closed[0])
    say(answer, "uphold", "证据中没有购买入口")
    assert "结论已改为误报" in words(answer)
    assert desk.store.reviews.states([closed[0]])[closed[0]].decision is data.Decision.DISMISSED


def test_a_claimed_flag_is_decided_first(desk, waiting):
    visit = page_of("flag", "lead01", flag=waiting[0])
    assert "casework-hold" in [button.key for button in visit.button]
    visit.button(key="take").click().run()

    assert "casework-hold" not in [button.key for button in visit.button]
    act(visit, reviewing.put_back)


def test_several_of_one_cause_are_offered_with_their_count(desk, waiting):
    """Who dismisses them sees the count first, and can take them back in one go."""
    person = person_called(desk, "reviewer20")
    alike = {flag_id: desk.decisions.alike(person, flag_id, at=data.now()) for flag_id in waiting}
    flag_id, found = max(alike.items(), key=lambda pair: pair[1].others)
    assert found.others
    visit = page_of("flag", "reviewer20", flag=flag_id)
    visit.button(key="take").click().run()

    visit.button(key="alike").click().run()

    assert f"共 **{found.count}** 条" in words(visit)
    assert visit.button(key="alike-confirm").disabled
    act(visit, reviewing.put_back)


def test_a_batch_is_dismissed_and_taken_back_by_the_page(desk, waiting):
    """The flag in hand goes with it, and the next one comes."""
    person = person_called(desk, "reviewer20")
    flag_id, found = max(
        ((flag_id, desk.decisions.alike(person, flag_id, at=data.now())) for flag_id in waiting),
        key=lambda pair: pair[1].others,
    )
    visit = page_of("flag", "reviewer20", flag=flag_id)
    visit.button(key="take").click().run()
    work = visit.session_state["_work"]

    act(visit, lambda: reviewing.dismiss_alike(flag_id, found.count, (data.Reason.HARMLESS,), ""))

    states = desk.store.reviews.states(found.flag_ids)
    assert {state.decision for state in states.values()} == {data.Decision.DISMISSED}
    assert work.flag_id not in found.flag_ids
    visit.button(key="undo-batch").click().run()
    assert {state.standing for state in desk.store.reviews.states(found.flag_ids).values()} == {()}
    assert work.batch == ""
    act(visit, reviewing.put_back)
