"""The figures as one page that needs no network: tables, plots, and every miss and false alarm with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from monitor.measure import plots
from monitor.measure.evaluation import Evaluation, Share


def page(evaluations: Sequence[Evaluation], *, names: Mapping[str, str], lexicon: str, made: datetime) -> str:
    """The page as HTML. `names` are the schemes' Chinese names, `lexicon` the digest of the one that judged."""
    environment = Environment(
        loader=PackageLoader("monitor.measure", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["share"] = _said
    return environment.get_template("page.html.j2").render(
        evaluations=evaluations,
        stands=[_stands(one) for one in evaluations],
        names=dict(names),
        lexicon=lexicon,
        made=made.isoformat(sep=" ", timespec="minutes"),
        plots=plots,
    )


def _said(share: Share) -> str:
    return "–" if share.value is None else f"{share.value:.1%}"


def _stands(one: Evaluation) -> tuple[float, float] | None:
    """False positives and recall of the flags as they are."""
    false, recall = one.false_positives.value, one.recall.value
    return None if false is None or recall is None else (false, recall)
