"""What was measured of a training, in figures and in a clause; each method measures what it can.

Pure. How a number looks is `functions.pages`'.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from functions.pages import percent
from schemas.results import ExportResult, GgufResult
from schemas.scores import Proof, Score

BESIDE: Final[Mapping[str, str]] = {
    "adapter": "the adapter",
    "training": "the model right after training",
    "merged": "the merged model",
}


class Figure(NamedTuple):
    """One measured figure before and after training. `bars` are shares of 1, where it is one."""

    name: str
    before: str | None
    after: str | None
    bars: tuple[float | None, float | None] | None


def figures(before: Score | None, after: Score | None) -> list[Figure]:
    """What was measured, best known first; a figure that neither side has is left out."""
    b, a = before or Score(rows=1), after or Score(rows=1)  # a Score that measured nothing
    tokens = (b.token_accuracy, a.token_accuracy)
    # A reward model's loss is of pairs, and no number of tokens to be undecided between.
    undecided = [
        None if a.margin is not None and a.token_accuracy is None else one.perplexity for one in (b, a)
    ]
    told = [
        Figure("Right answers", right(b), right(a), (b.exact_match, a.exact_match)),
        Figure(
            "Better answers preferred", *_both(percent, b.preferred, a.preferred), (b.preferred, a.preferred)
        ),
        Figure("Lead of better answers", *_both("{:+.3g}".format, b.margin, a.margin), None),
        Figure("Grade of its own answers", *_both("{:.3g}".format, b.reward, a.reward), (b.reward, a.reward)),
        Figure("Right word pieces", *_both(percent, *tokens), tokens),
        Figure("Wording as wanted", *_both(percent, b.chrf, a.chrf), (b.chrf, a.chrf)),
        Figure("Loss (lower is better)", *_both("{:.3g}".format, b.loss, a.loss), None),
        Figure("Perplexity (lower is better)", *_both(_perplexity, *undecided), None),
        Figure("Loss on everyday text", *_both("{:.3g}".format, b.general_loss, a.general_loss), None),
    ]
    return [figure for figure in told if figure.before is not None or figure.after is not None]


class Proven(NamedTuple):
    """One artefact that was loaded anew and asked, beside what it was made of."""

    name: str
    beside: str
    choices: str
    answers: str
    right: str | None
    loss: str | None
    bytes: int | None


def proven(exported: ExportResult | None, gguf: GgufResult | None) -> list[Proven]:
    """Every artefact that passed its proof, the merged model first."""
    merged = exported.proof if exported and exported.merged else None
    files = [(file.proof, file.size) for file in (gguf.files if gguf else ())]
    return [_proven(proof, bytes) for proof, bytes in ((merged, None), *files) if proof]


def _proven(proof: Proof, bytes: int | None) -> Proven:
    return Proven(
        name=proof.format,
        beside=BESIDE.get(proof.beside, f"the {proof.beside} file"),
        choices=percent(proof.alike / proof.choices) if proof.choices else "–",
        answers=f"{proof.same:,} of {proof.compared:,}",
        right=_said(percent, proof.exact_match),
        loss=_said("{:.3g}".format, proof.loss),
        bytes=bytes,
    )


def _both(
    how: Callable[[float], str], before: float | None, after: float | None
) -> tuple[str | None, str | None]:
    return _said(how, before), _said(how, after)


def _said(how: Callable[[float], str], value: float | None) -> str | None:
    return None if value is None else how(value)


def _perplexity(value: float) -> str:
    """`90.4`, `2,103`: of an untrained model it is in the thousands."""
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def right(score: Score) -> str | None:
    """`48 of 50 (96%)`, or None where it was not measured."""
    if score.exact_match is None:
        return None
    return f"{round(score.exact_match * score.rows):,} of {score.rows:,} ({percent(score.exact_match)})"


def outcome(before: Score | None, after: Score | None) -> str:
    """The result in a clause, as honest as the figures: `48 of 50 held-out answers are right (before: 0)`."""
    if after is None:
        return "the model is ready; how well it answers was not measured"
    if after.exact_match is not None:
        told = f"{round(after.exact_match * after.rows):,} of {after.rows:,} held-out answers are right"
        if before is None or before.exact_match is None:
            return told
        worse = ", no more than before training" if after.exact_match <= before.exact_match < 1 else ""
        return f"{told}{worse} (before: {round(before.exact_match * before.rows):,})"
    was = before or Score(rows=1)
    measured = (
        ("it prefers the better of {} in {}", percent, was.preferred, after.preferred),
        ("its answers to {} are graded {} on average", "{:.2g}".format, was.reward, after.reward),
        ("good answers of {} lead bad ones by {} a word piece", "{:.2g}".format, was.margin, after.margin),
        ("its loss on {} is now {}", "{:.3g}".format, was.loss, after.loss),
    )
    for sentence, how, earlier, now in measured:
        if now is not None:
            rows = f"{after.rows:,} held-out {'pairs' if after.preferred is not None else 'rows'}"
            then = "" if earlier is None else f" (before: {how(earlier)})"
            return f"the model is ready; {sentence.format(rows, how(now))}{then}"
    return "the model is ready; how well it answers was not measured"
