"""Twenty people at the served dashboard at once, until nothing is left for them."""

from __future__ import annotations

import pytest
from desk_maker import make
from desk_outline import Size
from server import serving
from speed_crowd import measure_crowd
from sqlalchemy import func, select

from monitor.config import Settings
from monitor.signing import load_signer
from monitor.store import Store
from monitor.store.queue_tables import QueueRow
from monitor.store.review_tables import VerdictRow
from monitor.store.verdicts import Round, Stage

SIZE = Size(flags=60, streams=12, cues=360, clips=6, undecided_share=1)


@pytest.mark.slow
def test_each_flag_is_decided_once_in_each_round(tmp_path):
    """None twice, none left, none lost; the log tells of each decision and verifies, the queue agrees."""
    make(tmp_path / "desk", SIZE, signer=load_signer(Settings(keys=tmp_path / "keys").keys))
    with serving(tmp_path / "desk", tmp_path / "keys") as served:
        (figure,), wrong = measure_crowd(served, for_s=240, every_s=0.1)

    assert wrong == []
    assert figure.note == ""
    store = Store.open(tmp_path / "desk")
    with store._database.reading() as session:
        rounds = select(VerdictRow.round, func.count(), func.count(VerdictRow.flag_id.distinct()))
        told = {turn: (made, flags) for turn, made, flags in session.execute(rounds.group_by(VerdictRow.round))}
        left = set(session.scalars(select(QueueRow.stage).where(QueueRow.open)))
    assert told[Round.FIRST.value] == (SIZE.flags, SIZE.flags)
    assert told[Round.SECOND.value][0] == told[Round.SECOND.value][1] > 0
    assert len(figure.ms) == told[Round.FIRST.value][0] + told[Round.SECOND.value][0]
    assert left <= {Stage.FINAL.value}, "the last round is for others"
