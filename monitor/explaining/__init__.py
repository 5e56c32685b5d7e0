"""Why a text was judged as it was, for the people who keep the word lists: plain records, sentences in Chinese."""

from monitor.explaining.explain import explain
from monitor.explaining.records import (
    Explanation,
    Filled,
    Fired,
    FoundWord,
    Lacking,
    Nearest,
    Opinion,
    PatternTold,
    Price,
    SetAside,
)

__all__ = [
    "Explanation",
    "Filled",
    "Fired",
    "FoundWord",
    "Lacking",
    "Nearest",
    "Opinion",
    "PatternTold",
    "Price",
    "SetAside",
    "explain",
]
