import pytest

from monitor.judge.event import Event
from monitor.judge.firing import Firing
from monitor.judge.severity import OUTSIDE, gravity
from monitor.records import Channel, Hit, Method
from monitor.rules import Severity
from monitor.timeline import Span

DESK = (Severity.SERIOUS, "desk")


def hit(slot: str, raw: str, channel: Channel = Channel.SPEECH) -> Hit:
    return Hit(raw, slot, f"{channel}:0", channel, Span(0, 1000), (0, len(raw)), raw, Method.EXACT, 1.0)


def event(*firings: tuple[Hit, ...], scheme: str = "cashback_refund") -> Event:
    return Event("e", scheme, [Firing(scheme, f"p{i}", hits, 0.9) for i, hits in enumerate(firings)])


def test_an_event_without_aggravating_facts_keeps_the_policys_default():
    """Nothing is raised for nothing, and no fact is claimed."""
    grave = gravity(DESK, event((hit("refund", "退款"), hit("reward", "返二十块"))), repeated=1)

    assert (grave.severity, grave.basis, grave.facts) == (Severity.SERIOUS, "desk", ())


def test_leading_buyers_off_the_platform_raises_by_one_step_and_is_told():
    """The reviewer reads which words led away."""
    grave = gravity(DESK, event((hit("refund", "退款"),)), repeated=1, nearby=[hit(OUTSIDE, "加微信")])

    assert grave.severity == Severity.VERY_SERIOUS
    assert any("加微信" in fact for fact in grave.facts)


@pytest.mark.parametrize(("repeated", "raw", "severity"), [
    (3, "返二十块", Severity.SERIOUS),
    (1, "返三百块", Severity.SERIOUS),
    (3, "返三百块", Severity.VERY_SERIOUS),
])  # fmt: skip
def test_it_takes_two_weaker_facts_to_raise(repeated: int, raw: str, severity: Severity):
    """Repetition or a large sum is told alone, and raises only together."""
    grave = gravity(DESK, event((hit("reward", raw),)), repeated=repeated)

    assert grave.severity == severity
    assert grave.facts


def test_two_channels_that_each_make_the_scheme_are_told():
    """What is said and shown independently is worse than what only adds up."""
    apart = event((hit("cashback", "退款返现"),), (hit("cashback", "退款返现", Channel.SCREEN),))
    mixed = event((hit("refund", "退款"), hit("reward", "返现", Channel.SCREEN)))

    assert any("各自成立" in fact for fact in gravity(DESK, apart, repeated=1).facts)
    assert not gravity(DESK, mixed, repeated=1).facts


def test_a_published_ladder_is_never_overruled():
    """Where the platform published the steps the desk only tells the facts."""
    default = (Severity.ORDINARY, "notice")
    grave = gravity(
        default, event((hit("flip", "过款"),), scheme="quick_flipping"), repeated=5, nearby=[hit(OUTSIDE, "加微信")]
    )

    assert (grave.severity, grave.basis) == default
    assert len(grave.facts) == 2


def test_prices_of_a_comparison_are_no_sums_at_stake():
    """A claimed counter price is not what a buyer loses."""
    assert not gravity(
        DESK, event((hit("base_price", "专柜三千块"),), scheme="fake_price_comparison"), repeated=1
    ).facts
