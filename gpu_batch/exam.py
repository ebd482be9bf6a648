"""The exam of a GGUF file: what it is asked in a real llama.cpp, what it is compared with, and how it did.

Not a program. `proof.py` says what is let through.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from gpu_batch import proof
from gpu_batch.asked import is_right
from gpu_batch.llama.questions import Asked, Forced, Questions, ask
from gpu_batch.proof import Question
from gpu_batch.text import NO_LOSS, ChatText, Labelled
from infra.ports import Cloud
from schemas.errors import Fault
from schemas.exports import Quantization
from schemas.orders import GgufOrder
from schemas.results import Quantized
from schemas.scores import Proof, Reply

MOST_PROMPTS: Final = 16  # answered: a processor writes a few tokens a second of a large model


class Exam(NamedTuple):
    """What every file is asked, and what it is compared with.

    `expected` are answers as tokens, one for each question, empty where none is known; `loss` is nats per
    token of wanted answers.
    """

    chat: ChatText
    questions: list[Question]
    beside: str
    expected: list[list[int]]
    texts: list[str]
    loss: float | None
    must_stop: bool


# ---------------------------------------------------------------- what is asked


def first_exam(order: GgufOrder, on: Cloud, scratch: Path, folder: Path) -> Exam:
    """For the 16-bit file: beside what the merged model answered, or what was answered right after
    training.
    """
    chat = ChatText.from_folder(folder, order.base.name)
    questions = proof.plain_questions(order, on, scratch, chat, _context(folder))
    known = {one.line: one for one in order.replies}
    if not known:
        known = {one.line: Reply(line=one.line, text=one.after, ended=False) for one in order.answers}
    end = proof.end_of_answers(questions)
    replies = [known.get(one.line) for one in questions]
    return Exam(
        chat=chat,
        questions=questions,
        beside="merged" if order.replies else "training",
        expected=[proof.tokens_of(one, chat, end) if one else [] for one in replies],
        texts=[one.text if one else "" for one in replies],
        loss=order.loss,
        must_stop=any(one.ended for one in replies if one),
    )


def next_exam(exam: Exam, told: Asked, first: Proof | None) -> Exam:
    """For the quantized files: beside the 16-bit file's own answers."""
    expected = [*told.answers, *([] for _ in exam.questions[len(told.answers) :])]
    texts = [_text(exam.chat, answer) for answer in expected]
    ends = any(proof.stopped(exam.chat, one) for one in expected)
    loss = first.loss if first else None
    return exam._replace(beside="f16", expected=expected, texts=texts, loss=loss, must_stop=ends)


def _context(folder: Path) -> int | None:
    """How many tokens the model can read at once, by its settings."""
    config = json.loads((folder / "config.json").read_bytes())
    length = config.get("text_config", config).get("max_position_embeddings")
    return length if isinstance(length, int) else None


# ---------------------------------------------------------------- one file


def examined(
    order: GgufOrder, quantization: Quantization, path: Path, exam: Exam, prefix: str
) -> tuple[Quantized, Asked, list[Fault]]:
    """Ask a file everything; what it is worth, what it said, and why it may not be handed out."""
    plain = exam.questions[:MOST_PROMPTS]
    wanted = proof.wanted_rows(exam.questions)
    answered = [(q, a) for q, a in zip(exam.questions, exam.expected, strict=True) if a]
    forced = [proof.answered_row(*one) for one in answered[:MOST_PROMPTS]]
    end = proof.end_of_answers(exam.questions)
    told = ask(
        path,
        Questions(
            prompts=[one.plain or [] for one in plain],
            max_new_tokens=order.evaluation.max_new_tokens,
            rows=[_forced(row) for row in (*forced, *wanted)],
            ends=[] if end is None else [end],
        ),
    )
    unknown = end is not None and end not in told.ends
    texts = [_text(exam.chat, answer) for answer in told.answers]
    pairs = [(exam.texts[at], text) for at, text in enumerate(texts) if exam.expected[at]]
    right = [is_right(exam.chat, q.asked.sample, t) for q, t in zip(plain, texts, strict=True) if q.asked]
    of_wanted, tokens = told.rows[len(forced) :], sum(row.tokens for row in told.rows[len(forced) :])
    found = Proof(
        format=quantization,
        beside=exam.beside,
        prompts=len(plain[: proof.PROMPTS]),
        tokens=proof.same_tokens(exam.chat, plain[: proof.PROMPTS], told.prompts[: proof.PROMPTS]),
        choices=sum(row.tokens for row in told.rows[: len(forced)]),
        alike=sum(row.same for row in told.rows[: len(forced)]),
        compared=len(pairs),
        same=sum(one == other for one, other in pairs),
        stopped=sum(proof.stopped(exam.chat, one) for one in told.answers) if not unknown else 0,
        exact_match=sum(right) / len(right) if right else None,
        loss=sum(row.loss for row in of_wanted) / tokens if tokens else None,
        loss_beside=exam.loss,
    )
    file = Quantized(
        format=quantization,
        path=prefix + path.name,
        size=path.stat().st_size,
        **found.model_dump(include={"compared", "same", "exact_match", "loss"}),
        proof=found,
    )
    return file, told, proof.verdict(found, order.proof, exam.must_stop or unknown)


def _forced(row: Labelled) -> Forced:
    """From the first labelled token to the last; what the template writes after an answer is not foretold."""
    learned = [at for at, label in enumerate(row.labels) if label != NO_LOSS]
    return Forced(row.input_ids[: learned[-1] + 1], learned[0])


def _text(chat: ChatText, answer: Sequence[int]) -> str:
    return chat.decode(answer[:-1] if proof.stopped(chat, answer) else answer)
