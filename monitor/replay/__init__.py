"""Stored cues judged again with today's lexicons, and what that changes."""

from monitor.replay.changes import Change, compare
from monitor.replay.many import Replayed, replay_all
from monitor.replay.noting import NotingMatcher
from monitor.replay.replaying import Replayer, replayable

__all__ = ["Change", "NotingMatcher", "Replayed", "Replayer", "compare", "replay_all", "replayable"]
