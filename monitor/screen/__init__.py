"""Frames to cues: what text the picture shows, from when to when, and whose words it is."""

from monitor.screen.lines import Line, TextReader
from monitor.screen.rapid import RapidTextReader, load
from monitor.screen.reader import ScreenReader

__all__ = ["Line", "RapidTextReader", "ScreenReader", "TextReader", "load"]
