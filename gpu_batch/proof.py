"""Whether what was made answers as what it was made of: the questions, the figures, and the verdict.

    questions = questions_of(order, on, scratch, chat, limit)
    proof = Proof(...)                     # by export.py with transformers, by gguf.py with llama.cpp
    faults = verdict(proof, order.proof)   # nothing is handed out that has one

A model is asked held-out rows (of a dataset without any, its first rows; of one that cannot be asked in
words, prompts of our own). Compared are: the tokens of five prompts; token by token, what it would have
chosen within the other's answers; its loss on wanted answers; whether its answers end. Needs no torch.
"""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from gpu_batch.asked import Asked, choose, of_the_last_answer
from gpu_batch.data import read_samples
from gpu_batch.text import NO_LOSS, ChatText, Labelled
from infra.ports import Cloud
from schemas.errors import Fault
from schemas.exports import ProofOptions
from schemas.orders import ExportOrder, GgufOrder
from schemas.samples import Message
from schemas.scores import Proof, Reply

PROMPTS: Final = 5  # whose tokens are compared
FALLBACK_ROWS: Final = 5
OUR_OWN: Final = (
    "What is the capital of France?",
    "Write one sentence about the sea.",
    "List three colours, separated by commas.",
    "Zürich, São Paulo, 東京: which of these cities is the largest? 😀",
    "def add(a, b):\n    return a + b\n\nWhat does this function do?",
)
SAFE: Final = "The trained weights are safe."


class Question(NamedTuple):
    """A prompt, its tokens, and the row that it is of. `line` is negative for prompts of our own."""

    line: int
    messages: tuple[Message, ...]
    prompt: list[int]
    asked: Asked | None

    @property
    def plain(self) -> list[dict[str, str]] | None:
        """The prompt as every program takes it; None where it is more than words in turns."""
        odd = any(m.parts or m.tool_calls or m.thinking or m.role == "tool" for m in self.messages)
        if odd or (self.asked and self.asked.sample.tools):
            return None
        return [{"role": message.role, "content": message.content} for message in self.messages]


def questions_of(
    order: ExportOrder | GgufOrder, on: Cloud, scratch: Path, chat: ChatText, limit: int | None
) -> list[Question]:
    """What to ask. The same order gives the same questions."""
    dataset = order.dataset
    rows: list[Asked] = []
    if not dataset.images:
        kind = dataset.kind
        samples = read_samples(on, dataset.test, scratch, kind=kind, at_most=order.evaluation.rows)
        samples = samples or read_samples(on, dataset.train, scratch, kind=kind, at_most=FALLBACK_ROWS)
        rows = choose(chat, samples, limit, dataset.source)[0]
    found = [Question(one.sample.line, one.sample.prompt, one.prompt, one) for one in rows]
    return found or _all_our_own(chat)


def plain_questions(
    order: ExportOrder | GgufOrder, on: Cloud, scratch: Path, chat: ChatText, limit: int | None
) -> list[Question]:
    """Those of them that every program can be asked; our own where none can."""
    found = [one for one in questions_of(order, on, scratch, chat, limit) if one.plain is not None]
    return found or _all_our_own(chat)


def _all_our_own(chat: ChatText) -> list[Question]:
    return [_own(chat, number, text) for number, text in enumerate(OUR_OWN, start=1)]


def _own(chat: ChatText, number: int, text: str) -> Question:
    messages = (Message(role="user", content=text),)
    return Question(-number, messages, chat.prompt_ids(messages), None)


def compared_prompts(questions: Sequence[Question]) -> list[Question]:
    """The five whose tokens are compared: short of rows in plain words, our own fill up."""
    return [one for one in questions if one.plain is not None][:PROMPTS]


def same_tokens(chat: ChatText, questions: Iterable[Question], read: Iterable[Sequence[int]]) -> int:
    """How many prompts were read as the same tokens, with at most one that begins a text."""
    return sum(
        list(ids) == one.prompt and (chat.bos_id is None or list(ids).count(chat.bos_id) <= 1)
        for one, ids in zip(questions, read, strict=True)
    )


# ---------------------------------------------------------------- rows that are read as they are


def wanted_rows(questions: Sequence[Question]) -> list[Labelled]:
    """The rows' wanted answers, where they are known."""
    rows = [one.asked.row for one in questions if one.asked is not None]
    return [of_the_last_answer(row) for row in rows if row is not None]


def answered_row(question: Question, answer: list[int]) -> Labelled:
    """A prompt with an answer that some model gave."""
    return Labelled(question.prompt + answer, [NO_LOSS] * len(question.prompt) + answer, ())


def stopped(chat: ChatText, answer: Sequence[int]) -> bool:
    """Whether an answer came to its end by itself: where it is cut, tokens follow the one that ends it."""
    first = next((at for at, token in enumerate(answer) if token in chat.stop_ids), None)
    return first is not None and first == len(answer) - 1


def reply(question: Question, chat: ChatText, answer: Sequence[int]) -> Reply:
    """A model's answer, kept for others to be compared with."""
    ended = stopped(chat, answer)
    return Reply(line=question.line, text=chat.decode(answer[:-1] if ended else answer), ended=ended)


def tokens_of(reply: Reply, chat: ChatText, end: int | None) -> list[int]:
    """An answer as tokens again, with the one that ended it, if that is known."""
    ids = chat.encode(reply.text)[0]
    return [*ids, end] if reply.ended and end is not None else ids


def end_of_answers(questions: Sequence[Question]) -> int | None:
    """The token that was learned to end an answer with; None where no answer is known."""
    labels = next((row.labels for row in wanted_rows(questions)), [])
    return next((token for token in reversed(labels) if token != NO_LOSS), None)


# ---------------------------------------------------------------- the verdict


def verdict(proof: Proof, allowed: ProofOptions, must_stop: bool) -> list[Fault]:
    """Why this is not handed out; nothing if it may be. `must_stop`: the other's answers came to an end."""
    place = f"export: {proof.format}"
    faults = []
    if proof.tokens < proof.prompts:
        wrong = proof.prompts - proof.tokens
        finding = (
            f"It reads {wrong} of {proof.prompts} prompts as other tokens than were trained on: its chat "
            "template or its tokenizer is not the trained one, or a text begins twice."
        )
        faults.append(Fault(place=place, finding=finding, next_step=_next(proof)))
    if must_stop and not proof.stopped:
        finding = (
            f"None of its {proof.compared} answers ends: the token that ends an answer is not known to it."
        )
        faults.append(Fault(place=place, finding=finding, next_step=_next(proof)))
    if proof.differing > allowed.threshold:
        finding = (
            f"It would choose {proof.differing:.1%} of the tokens otherwise than the {_other(proof)} did "
            f"({proof.alike} of {proof.choices} are alike); proof.threshold allows {allowed.threshold:.1%}."
        )
        faults.append(Fault(place=place, finding=finding, next_step=_next(proof)))
    if proof.loss is not None and proof.loss_beside is not None:
        rise = proof.loss - proof.loss_beside
        if not math.isfinite(rise) or rise > allowed.loss:
            finding = (
                f"Its loss on wanted answers is {proof.loss:.3f}, that of the {_other(proof)} "
                f"{proof.loss_beside:.3f}; proof.loss allows {allowed.loss:g} more."
            )
            faults.append(Fault(place=place, finding=finding, next_step=_next(proof)))
    return faults


def _other(proof: Proof) -> str:
    return {"adapter": "adapter", "training": "model right after training", "merged": "merged model"}.get(
        proof.beside, f"{proof.beside} file"
    )


def _next(proof: Proof) -> str:
    if proof.beside == "training" and proof.format == "merged":
        return "Drop the file again to train anew. What training left stays where it is."
    if proof.format == "merged":
        return f"{SAFE} Use the adapter with its base model (export: adapter)."
    return f"{SAFE} Ask for a more exact format, or allow more with proof.threshold and proof.loss."
