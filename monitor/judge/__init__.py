"""Hits → violations: schemes as slots in time, merged into one event each, opened, updated and closed."""

from monitor.judge.judge import Judge

__all__ = ["Judge"]
