"""Whisper through CTranslate2: one encoding, one decoding and one alignment a window.

faster-whisper's own loops are not used. Its sequential one decodes what a window left over in a second window of
nearly nothing, where a primed model makes text up; its batched one drops what follows the last time mark. Decoding
without time marks to the window's end and taking times from the alignment does neither, and is faster
(`docs/speech.md`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import opencc
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_suppressed_tokens

from monitor.records import Word
from monitor.speech.priming import prompt_of
from monitor.speech.transcriber import LONGEST_MS, RATE_HZ, Samples, Utterance
from monitor.timeline import Span

LANGUAGE = "zh"

MOST_FRAMES = 3000
"""30 s in frames of 10 ms: what the encoder was trained on."""

SILENT_FRAMES = 200
"""Silence encoded after the sound. Encoding 2 s of it, not all that is left of the 30 s, gives the same words for
half the work on a window of 20 s."""

LEAST_FRAMES = 1000
"""Far from what it was trained on the encoder goes astray: it never sees less than 10 s."""

TOKENS_A_SECOND = 10
"""Bound on what is decoded: speech at eight characters a second takes fewer, a loop would run on to the end."""

REPETITION_PENALTY = 1.0
"""No penalty: hosts repeat themselves on purpose. Other values were not measured."""

_MARKS = set("，。？！、；：,.?!;:…”’》）)%")


class WhisperTranscriber:
    """faster-whisper's model behind the protocol; not for several threads at once."""

    def __init__(self, model: WhisperModel, name: str, trade_words: tuple[str, ...], beam: int) -> None:
        self.name = name
        self._model = model
        self._beam = beam
        self._simplify = opencc.OpenCC("t2s").convert
        multilingual = bool(model.model.is_multilingual)
        self._tokenizer = Tokenizer(model.hf_tokenizer, multilingual, task="transcribe", language=LANGUAGE)
        self._suppressed = list(get_suppressed_tokens(self._tokenizer, [-1]))
        self.prompt = prompt_of(trade_words, lambda text: len(self._tokenizer.encode(" " + text)))

    def transcribe(self, samples: Samples, *, primed: bool) -> list[Utterance]:
        """As the protocol promises; each window comes back as one utterance, or as none."""
        if len(samples) > LONGEST_MS * RATE_HZ // 1000:
            raise ValueError(f"more than {LONGEST_MS} ms of sound in one call: {len(samples)} samples")
        if not len(samples):
            return []
        features = self._model.feature_extractor(samples)[:, :-1]
        frames = max(LEAST_FRAMES, features.shape[-1] + SILENT_FRAMES)
        encoded = self._model.encode(pad_or_trim(features, min(MOST_FRAMES, frames)))
        hint = self.prompt if primed and self.prompt else None
        prompt = self._model.get_prompt(self._tokenizer, [], without_timestamps=True, hotwords=hint)
        most = len(prompt) + 20 + TOKENS_A_SECOND * len(samples) // RATE_HZ
        result = self._model.model.generate(
            encoded,
            [prompt],
            beam_size=self._beam,
            num_hypotheses=self._beam,
            max_length=min(self._model.max_length, most),
            repetition_penalty=REPETITION_PENALTY,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_tokens=self._suppressed,
        )[0]
        tokens = [token for token in result.sequences_ids[0] if token < self._tokenizer.eot]
        if not tokens:
            return []
        # The alignment knows nothing of the prompt: a word's probability is what the model gives it unprimed.
        aligned = self._model.find_alignment(self._tokenizer, [tokens], encoded, features.shape[-1])[0]
        words = self._words(aligned, len(samples) * 1000 // RATE_HZ)
        if not words:
            return []
        text = "".join(word.text for word in words)
        confidence = sum(word.confidence for word in words) / len(words)
        span = Span(words[0].span.start_ms, words[-1].span.end_ms)
        others = tuple(dict.fromkeys(self._alternatives(result.sequences_ids[1:])))
        return [Utterance(text, span, confidence, words, float(result.no_speech_prob), others)]

    def _alternatives(self, sequences: list[list[int]]) -> Iterator[str]:
        """The texts of what else the beam ended with; it was decoded anyway and costs nothing."""
        for tokens in sequences:
            text = self._tokenizer.decode([token for token in tokens if token < self._tokenizer.eot])
            yield self._simplify(text.replace("\ufffd", ""))

    def _words(self, aligned: list[dict[str, Any]], end_ms: int) -> tuple[Word, ...]:
        """Simplified words in order; a mark joins the word before it, whose time leaves out the pause it stands for."""
        texts = self._simplified([item["word"] for item in aligned])
        words: list[Word] = []
        at_ms = 0
        for item, text in zip(aligned, texts, strict=True):
            if not text:
                continue
            if words and text.strip() and all(sign in _MARKS for sign in text.strip()):
                last = words[-1]
                words[-1] = Word(last.text + text, last.span, last.confidence)
                continue
            start_ms = min(end_ms, max(at_ms, round(float(item["start"]) * 1000)))
            at_ms = min(end_ms, max(start_ms, round(float(item["end"]) * 1000)))
            words.append(Word(text, Span(start_ms, at_ms), min(1.0, max(0.0, float(item["probability"])))))
        return tuple(words)

    def _simplified(self, texts: list[str]) -> list[str]:
        """Converts the whole so that phrases decide, and each word alone only where lengths do not stay the same."""
        texts = [text.replace("\ufffd", "") for text in texts]
        whole = self._simplify("".join(texts))
        if len(whole) != sum(map(len, texts)):
            return [self._simplify(text) for text in texts]
        parts, at = [], 0
        for text in texts:
            parts.append(whole[at : at + len(text)])
            at += len(text)
        return parts
