"""The only room that knows PyAV: sound and pictures out of files, clips and stills into files.

PyAV runs in child processes alone (`python -m monitor.media.child`), bounded in memory and killed when silent; nothing
imported here loads it.
"""

from monitor.media.cutter import Cutter
from monitor.media.decoding import decode, decoders, engine, probe
from monitor.media.records import AudioChunk, Cut, Decoded, Frame, MediaFacts, Piece

__all__ = [
    "AudioChunk",
    "Cut",
    "Cutter",
    "Decoded",
    "Frame",
    "MediaFacts",
    "Piece",
    "decode",
    "decoders",
    "engine",
    "probe",
]
