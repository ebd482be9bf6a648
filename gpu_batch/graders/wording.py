"""Graders of wording, as translations and summaries are measured, each by the library that is known for it.

chrF is sacreBLEU's, ROUGE Google's rouge-score, METEOR NLTK's. All are scaled to 0 … 1 and take the best
among several right answers.
"""

import re
from collections.abc import Sequence
from typing import Final

from schemas.graders import Overlap

_LONGEST: Final = 8_000  # characters: ROUGE-L's time is a product of both lengths


class _Words:
    """Words of any script, in small letters: rouge-score's own takes Latin letters alone."""

    def tokenize(self, text: str) -> list[str]:
        return re.findall(r"\w+", text.casefold())


class _NoSynonyms:
    """In place of WordNet, which would have to be downloaded, and knows English alone."""

    def synsets(self, word: str) -> list[object]:
        return []


def overlap(options: Overlap, answer: str, right: Sequence[str]) -> float:
    """How much of a right answer's wording is there. Only the first 8,000 characters are compared."""
    pairs = [(answer[:_LONGEST], one[:_LONGEST]) for one in right]
    return max(_score(options.grader, given, one) for given, one in pairs)


def _score(measure: str, answer: str, right: str) -> float:
    if measure == "chrf":
        from sacrebleu import sentence_chrf

        return float(sentence_chrf(answer, [right]).score) / 100
    if measure == "meteor":
        from nltk.translate.meteor_score import single_meteor_score

        words = _Words().tokenize
        return float(single_meteor_score(words(right), words(answer), wordnet=_NoSynonyms()))
    from rouge_score.rouge_scorer import RougeScorer

    return float(RougeScorer([measure], tokenizer=_Words()).score(right, answer)[measure].fmeasure)
