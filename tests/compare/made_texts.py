"""Texts made of made-up words, sentence by sentence, always the same ones for a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator


class Writer:
    """Writes sentences of 5 to 22 words, the longer ones with a comma."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.words = [
            "".join(self.random.choices("abcdefghilmnoprstuvz", k=length)) for length in (2, 4, 5, 7, 9) * 600
        ]

    def sentence(self) -> str:
        words = self.random.choices(self.words, k=self.random.randint(5, 22))
        if len(words) > 10:
            words[len(words) // 2] += ","
        return f"{' '.join(words)}."

    def sentences(self, words: int) -> list[str]:
        """Sentences of about so many words together."""
        return list(self._until(words))

    def _until(self, words: int) -> Iterator[str]:
        while words > 0:
            sentence = self.sentence()
            words -= len(sentence.split())
            yield sentence

    def exchanged(self, sentences: list[str], share: float) -> list[str]:
        """The same text, a run of so great a share of its sentences exchanged for new ones."""
        number = round(len(sentences) * share)
        start = self.random.randint(0, len(sentences) - number)
        return [*sentences[:start], *(self.sentence() for _ in range(number)), *sentences[start + number :]]
