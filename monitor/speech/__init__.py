"""Sound to cues: what the host says and when. The only room that knows the speech model."""

from monitor.speech.loading import load
from monitor.speech.reader import SpeechReader
from monitor.speech.transcriber import Transcriber, Utterance
from monitor.speech.whisper import WhisperTranscriber

__all__ = ["SpeechReader", "Transcriber", "Utterance", "WhisperTranscriber", "load"]
