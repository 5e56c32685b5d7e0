"""The fields of policy and source files, as their editors write them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from monitor.lexicon.model import SCHEMES
from monitor.rules import RuleConditions, Severity, Strike, Strikes


def _known_scheme(scheme: str) -> str:
    if scheme not in SCHEMES:
        raise PydanticCustomError("scheme", "unknown scheme `{scheme}`", {"scheme": scheme})
    return scheme


Scheme = Annotated[str, AfterValidator(_known_scheme)]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$")]
Reference = Annotated[str, StringConstraints(pattern=r"^([a-z0-9.-]+/)?[a-z0-9]+([.-][a-z0-9]+)*$")]
"""A passage of the rule's own source, or `<source>/<passage>`."""
Basis = Literal["notice", "desk"]
Verification = Literal["notice", "reprint", "unverified"]


class Strict(BaseModel):
    """A mapping with these fields and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Effective(Strict):
    """When a rule is in force. `from` where the source says the day, else `seen`: the rule is cited from then on."""

    from_: date | None = Field(None, alias="from")
    seen: date | None = None
    """Earliest day on which the rule is reported; the day it took effect is not known."""
    until: date | None = None
    """Last day on which it held; None while it holds."""
    basis: Literal["stated", "reported"] = "stated"
    """`reported`: the source names no day, `from` is the day on which the press brought it."""

    @property
    def first(self) -> date | None:
        return self.from_ or self.seen

    def holds_on(self, day: date) -> bool:
        return self.first is not None and self.first <= day and (self.until is None or day <= self.until)


class ConditionsEntry(Strict):
    """What must hold of the host besides the words."""

    industries: tuple[Text, ...] = Field(min_length=1)
    """Main industries of the hosts that the rule binds."""
    score: Text
    score_threshold: float
    below_threshold: Text
    from_threshold: Text
    order_window_days: int = Field(gt=0)

    def as_record(self) -> RuleConditions:
        return RuleConditions(
            industries=self.industries,
            score=self.score,
            score_threshold=self.score_threshold,
            below_threshold=self.below_threshold,
            from_threshold=self.from_threshold,
            order_window_days=self.order_window_days,
        )


class StrikeEntry(Strict):
    """What one more violation brings; its place in the list is its number."""

    grade: Text
    measures: tuple[Text, ...] = ()


class StrikesEntry(Strict):
    """How a second and a third violation weigh more."""

    industries: tuple[Text, ...] = ()
    """Kinds of goods to which it is limited; none when to all."""
    steps: tuple[StrikeEntry, ...] = Field(min_length=1)

    def as_record(self) -> Strikes:
        steps = (Strike(nth, step.grade, step.measures) for nth, step in enumerate(self.steps, start=1))
        return Strikes(self.industries, tuple(steps))


class Support(Strict):
    """Where in its sources a rule says what it says: passages for each part."""

    clause: tuple[Reference, ...] = Field(min_length=1)
    effective: tuple[Reference, ...] = Field(min_length=1)
    measures: tuple[Reference, ...] = ()
    ladder: dict[Severity, Reference] = Field(default_factory=dict)
    """One passage a rung."""
    conditions: tuple[Reference, ...] = ()
    strikes: tuple[Reference, ...] = ()

    def references(self, part: str) -> tuple[Reference, ...]:
        """The passages of one part, by its field's name."""
        found: tuple[Reference, ...] = tuple(self.ladder.values()) if part == "ladder" else getattr(self, part)
        return found


class PolicyRule(Strict):
    """One rule as its file states it, or one version of it: versions share the id and follow one another in time."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z]+(\.[a-z0-9-]+)+$")]
    title: Text
    clause: Text
    source: Text
    source_id: Key
    support: Support
    effective: Effective
    verified_on: date | None
    """Day on which someone last read the source."""
    verification: Verification
    weaker: dict[Literal["clause", "effective", "measures"], Literal["reprint", "unverified"]] = Field(
        default_factory=dict
    )
    """Parts that rest on less than `verification` says, and on what."""
    measures: tuple[Text, ...]
    ladder: dict[Severity, tuple[Text, ...]] | None = None
    strikes: StrikesEntry | None = None
    schemes: tuple[Scheme, ...]
    conditions: ConditionsEntry | None = None
    note: Text | None = None


class SchemeSeverity(Strict):
    """How grave a scheme is taken to be before a person decides, and who says so."""

    default: Severity
    basis: Basis


class Policy(Strict):
    """One platform's file."""

    platform: Annotated[str, StringConstraints(pattern=r"^[a-z]+$")]
    name: Text
    rules: tuple[PolicyRule, ...] = Field(min_length=1)
    severity: dict[Scheme, SchemeSeverity]


class Source(Strict):
    """A text that rules rest on, as far as it was read: `policies/sources/<id>.yaml`."""

    id: Key
    title: Text
    kind: Literal["notice", "reprint", "hearsay"]
    """The platform's or state's own text or its published facts; a copy elsewhere; a report of it."""
    form: Literal["verbatim", "facts"]
    """`verbatim`: word for word, each passage's key the article's number; `facts`: in our own words."""
    published: date | None
    """Day on which it was published or reported; None when not known."""
    read_on: date | None
    """Day on which someone last read it; None for hearsay."""
    about: Text
    passages: dict[Key, Text] = Field(min_length=1)
