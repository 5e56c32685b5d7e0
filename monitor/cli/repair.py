"""`doctor --repair`: puts store, queue and evidence folder in agreement after a crash, and says what it did."""

from __future__ import annotations

from datetime import UTC, datetime

from monitor.audit import Act, Entry
from monitor.cli.audit import seal_log
from monitor.cli.exit_codes import CHECK_FAILED
from monitor.cli.show import open_workspace, operator, out
from monitor.config import Settings
from monitor.plain import plain
from monitor.review.deleting import finish
from monitor.scan import reconcile
from monitor.signing import load_signer
from monitor.store import DONE


def repair(settings: Settings) -> int:
    """Print what was done and what is left for a person; 1 when a flag's evidence is gone.

    Raises WorkspaceError when there is no workspace, or what is left over cannot be removed.
    """
    store = open_workspace(settings)
    if store.others_scan():
        _say("another scan is at work here: nothing was touched; repair when it is done")
        return 0
    signer = load_signer(settings.keys)
    done = reconcile(store)
    ended, foreign = finish(store.retention)
    queued = store.queue.make_right()
    streams = [stored for stored in store.streams() if stored.state != DONE]
    facts = {"removed": len(done.removed), "missing": len(done.missing), "deletions_ended": ended, "queued": queued}
    if any(facts.values()):
        store.audit.append(Entry(datetime.now(UTC), operator(), Act.REPAIR, "evidence", facts))
        seal_log(store.audit, signer, settings)
    for folder in done.removed:
        _say(f"removed {plain(folder.name)}: evidence that no flag names, of a scan that died before it kept the flag")
    if ended:
        _say(f"ended {ended} deletions that were cut off")
    if queued:
        _say(f"put right: {queued} flags in the review queue, which was not as flags and verdicts say")
    for folder in foreign:
        _say(f"left alone {plain(folder.name)}: it is not what was to be deleted; look at it, then remove it yourself")
    for flag_id in done.missing:
        _say(f"gone: the evidence of flag {flag_id}; `monitor scan --again` on its recording makes it anew")
    for stored in streams:
        _say(f"unfinished: {plain(str(stored.stream.source))} ({stored.state}); scan it again to go on")
    if not (done.removed or ended or queued or foreign or done.missing or streams):
        _say("nothing to repair: every flag has its evidence, every folder its flag")
    return CHECK_FAILED if done.missing or foreign else 0


def _say(line: str) -> None:
    out.print(line, markup=False, soft_wrap=True)
