"""Every frame of `denials.yaml` by its own examples."""

import re

import pytest

from monitor.config import lexicon_folder
from monitor.lexicon import load_lexicon
from monitor.lexicon.model import DenialsFile, FrameEntry
from monitor.match.denial import DenialFinder
from monitor.text import Normaliser

DENIALS = load_lexicon(lexicon_folder()).denials
NORMALISE = Normaliser()


def alone(frame: FrameEntry) -> DenialFinder:
    """A finder that knows this frame and nothing else."""
    nothing = dict.fromkeys(DenialsFile.model_fields, ())
    return DenialFinder(DENIALS.model_copy(update=nothing | {"words": DENIALS.words, "frames": (frame,)}))


def reason(finder: DenialFinder, marked: str) -> str:
    """Why the words in brackets accuse nobody."""
    before, words, after = re.fullmatch(r"(.*)\[(.*)\](.*)", marked).groups()  # type: ignore[union-attr]
    normal = NORMALISE(before + words + after)
    inside = [i for i, (start, _) in enumerate(normal.origins) if len(before) <= start < len(before) + len(words)]
    return finder.reason(normal.text, inside[0], inside[-1] + 1)


def cases(which: str) -> list[object]:
    return [
        pytest.param(frame, text, id=f"{frame.name}: {text}")
        for frame in DENIALS.frames
        for text in getattr(frame.examples, which)
    ]


@pytest.mark.parametrize(("frame", "marked"), cases("aside"))
def test_what_a_frame_tells_of_accuses_nobody(frame: FrameEntry, marked: str):
    """The words in brackets are set aside, and the reason names the frame."""
    assert reason(alone(frame), marked) == f"{frame.reason} {frame.name}"


@pytest.mark.parametrize(("frame", "marked"), cases("left"))
def test_what_looks_like_a_frame_counts(frame: FrameEntry, marked: str):
    """A wink, an offer behind it or another use of the words leaves the accusing words standing."""
    assert reason(alone(frame), marked) == ""


def test_every_frame_tells_where_it_comes_from_and_what_it_is():
    """The reviewer reads `about`; no two frames say the same."""
    assert len({frame.about for frame in DENIALS.frames}) == len(DENIALS.frames) > 10
    assert all(frame.source for frame in DENIALS.frames)
