"""A desk put together: one workspace's store and everything that people may do with what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from monitor import sealing
from monitor.config import Settings
from monitor.review.accounts import Accounts
from monitor.review.case_beside import CasesBeside
from monitor.review.case_view import Cases
from monitor.review.casework import Casework
from monitor.review.creators import Creators
from monitor.review.decisions import Decisions
from monitor.review.exporting import Exports
from monitor.review.figures import Figures
from monitor.review.gold import Gold
from monitor.review.lexicon_bench import LexiconBench
from monitor.review.lexicon_trial import LexiconTrials
from monitor.review.log_view import LogView
from monitor.review.media_tokens import MediaPart, MediaTokens
from monitor.review.quality import Quality
from monitor.review.queue import Queue
from monitor.review.rulebook import Rulebook
from monitor.review.secret_keys import secret_key
from monitor.review.streams_view import Streams
from monitor.signing import Signer, load_signer
from monitor.store import Store

_MEDIA_KEY, _COOKIE_KEY = "media.key", "cookies.key"


@dataclass(frozen=True, slots=True)
class Desk:
    """What the dashboard works with; one a process, used by all its threads at once."""

    settings: Settings
    store: Store
    accounts: Accounts
    tokens: MediaTokens
    signer: Signer
    queue: Queue
    decisions: Decisions
    cases: Cases
    beside: CasesBeside
    casework: Casework
    rulebook: Rulebook
    trials: LexiconTrials
    figures: Figures
    streams: Streams
    creators: Creators
    log: LogView
    exports: Exports
    quality: Quality
    gold: Gold

    @classmethod
    def of(cls, settings: Settings) -> Desk:
        """Opens the workspace's store, or makes it; keys are made on first use.

        Raises WorkspaceError and MissingComponentError, as `Store.of` and `load_signer` do.
        """
        store = Store.of(settings)
        accounts, tokens = Accounts(store, settings), MediaTokens(secret_key(settings.keys, _MEDIA_KEY))
        bench = LexiconBench(settings)  # starts nothing before somebody asks
        signer = load_signer(settings.keys)
        return cls(
            settings=settings,
            store=store,
            accounts=accounts,
            tokens=tokens,
            signer=signer,
            queue=Queue(store, settings, accounts),
            decisions=Decisions(store, settings, accounts),
            cases=Cases(store, settings, accounts, tokens),
            beside=CasesBeside(store, accounts),
            casework=Casework(store, accounts),
            rulebook=Rulebook(settings, accounts, bench),
            trials=LexiconTrials(store, accounts, bench),
            figures=Figures(store, settings, accounts),
            streams=Streams(store, accounts),
            creators=Creators(store, settings, accounts),
            log=LogView(store, accounts, signer),
            exports=Exports(store, accounts, tokens, signer),
            quality=Quality(store, settings, accounts),
            gold=Gold(store, settings, accounts),
        )

    def cookie_secret(self) -> str:
        """What signs the cookies of the web server itself: the same after a restart, and in no workspace."""
        return secret_key(self.settings.keys, _COOKIE_KEY).hex()

    def evidence_file(self, part: MediaPart) -> Path | None:
        """The clip, still or transcript that the part names; None where the flag has no such file (any more).

        Only what the flag's own line names is found, and nothing that lies outside its folder, by whatever link.
        """
        line = self.store.flag(part.flag_id)
        evidence = None if line is None else line["evidence"]
        if evidence is None or part.part not in {evidence["clip"], evidence["transcript"], *evidence["stills"]}:
            return None
        folder = Path(evidence["folder"]).resolve()
        path = (folder / part.part).resolve()
        return path if path.is_relative_to(folder) and path.is_file() else None

    def seal(self) -> int:
        """Signs the audit log's head, unless nothing was added since the last one; how many entries it is of.

        A time stamp that is not to be had is none; `monitor audit head` tells why. Raises like `AuditLog.seal`.
        """
        return sealing.seal(self.store.audit, self.signer, self.settings.timestamp_url).signed.head.size
