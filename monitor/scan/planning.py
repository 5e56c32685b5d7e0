"""From streams to jobs: what each is known by, and which are not touched any more."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor import __version__
from monitor.config import Settings
from monitor.errors import InputError
from monitor.lexicon import load_rules
from monitor.pipeline import media_digest
from monitor.product_list import NAME as PRODUCTS
from monitor.records import Stream
from monitor.store import Failure

MOST_FAILURES = 3
"""A recording that failed so often is quarantined: only who names it has it tried again."""
_SHAPING = ("speech_model", "speech_beam", "screen_every_ms", "screen_side_px", "danmaku_offset_ms")
"""Settings under which the same recording gives other cues."""


@dataclass(frozen=True, slots=True)
class Job:
    """One stream to scan; `key` names its place, `media_key` its content, `fingerprint` content and settings."""

    stream: Stream
    key: str
    media_key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A stream that could not be scanned, and why."""

    stream: Stream
    reason: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is to do."""

    jobs: tuple[Job, ...]
    failed: tuple[Failed, ...]
    rules: Mapping[str, str]
    """Digests of the `lexicon` and the `policy` that judge."""


def plan(streams: Sequence[Stream], settings: Settings) -> Plan:
    """A job for each stream that can be read. Raises DataError when the lexicon is wrong."""
    lexicon, policies = load_rules(settings.lexicons)
    jobs: list[Job] = []
    failed: list[Failed] = []
    for stream in streams:
        try:
            media_key = media_digest(stream.parts)
            beside = {path.name: _digest(path) for path in _beside(stream)}
        except InputError as error:
            failed.append(Failed(stream, str(error)))
            continue
        shaping = {name: getattr(settings, name) for name in _SHAPING}
        shaping |= {"media": media_key, "beside": beside, "lexicon": lexicon.digest, "policy": policies.digest}
        shaping |= {"stream": [stream.room, stream.platform, stream.creator, stream.host_account, stream.started_at]}
        if stream.industry or stream.shop_score is not None:  # others keep the fingerprint that they had before
            shaping |= {"host": [stream.industry, stream.shop_score]}
        shaping |= {"version": __version__}
        fingerprint = hashlib.sha256(json.dumps(shaping, sort_keys=True, default=str).encode()).hexdigest()
        jobs.append(Job(stream, str(stream.source.resolve()), media_key, fingerprint))
    return Plan(tuple(jobs), tuple(failed), {"lexicon": lexicon.digest, "policy": policies.digest})


def set_aside(
    jobs: Sequence[Job], failures: Mapping[str, Failure], named: Collection[Path]
) -> tuple[list[Job], list[Failed]]:
    """The jobs to be done, and those in quarantine: their recording failed too often, and nobody `named` it."""
    asked = {path.resolve() for path in named}
    left: list[Job] = []
    quarantined: list[Failed] = []
    for job in jobs:
        failure = failures.get(job.key)
        if (
            failure is None
            or failure.times < MOST_FAILURES
            or failure.media_key != job.media_key
            or asked.intersection(part.resolve() for part in job.stream.parts)
        ):
            left.append(job)
            continue
        why = failure.problem.removeprefix(f"{job.stream.source}: ")
        reason = f"quarantined after {failure.times} failures ({why}); scan it by name to try it again"
        quarantined.append(Failed(job.stream, f"{job.stream.source}: {reason}"))
    return left, quarantined


def _digest(path: Path) -> str:
    try:
        return media_digest([path])
    except InputError as error:
        return error.what  # the recording is scanned all the same, and what lay beside it is a gap


def _beside(stream: Stream) -> list[Path]:
    """What lies beside a recording and changes what is found in it."""
    products = stream.source.parent / PRODUCTS
    return [*stream.danmaku, *stream.messages, *([products] if products.is_file() else [])]
