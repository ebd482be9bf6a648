"""What a training left, made into one complete model folder, loaded anew and asked the same questions.

    python -m gpu_batch --run RUN --stage export --attempt 1

`adapter` is there already. `merged`, of an adapter: the 16-bit base with the adapter added into its weights
(`merge.py`), also where it was trained on a 4-bit copy; both are loaded and asked. Of full fine-tuning: the
whole model that was kept, loaded anew and asked what it was asked right after training. What does not pass
the proof (`proof.py`) is not uploaded. Not here: GGUF, publishing.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from peft import PeftModel

from gpu_batch import model, proof
from gpu_batch.asked import is_right
from gpu_batch.base import fetch_whole
from gpu_batch.console import Teller
from gpu_batch.folders import download_folder, upload_folder
from gpu_batch.inference import answer_tokens, likelihoods
from gpu_batch.merge import merge
from gpu_batch.proof import Question
from gpu_batch.text import ChatText, complete
from infra.ports import Cloud
from schemas import names
from schemas.orders import ExportOrder
from schemas.results import ExportResult
from schemas.scores import Proof


class Desk(NamedTuple):
    """Where an export works."""

    order: ExportOrder
    on: Cloud
    scratch: Path
    device: torch.device
    teller: Teller

    def load(self, folder: Path) -> Any:
        """A folder's model, as it is to be asked: in words."""
        return model.load_model(folder, model.working_dtype(self.device), self.device)

    def questions(self, chat: ChatText, asked_model: Any) -> list[Question]:
        """What to ask."""
        limit = model.context_length(asked_model)
        return proof.questions_of(self.order, self.on, self.scratch, chat, limit)

    def ask(self, asked_model: Any, chat: ChatText, questions: Sequence[Question]) -> list[list[int]]:
        """A model's answers, as tokens."""
        prompts = [one.prompt for one in questions]
        return answer_tokens(asked_model, chat, prompts, self.order.evaluation.max_new_tokens)

    def loss(self, asked_model: Any, chat: ChatText, questions: Sequence[Question]) -> float | None:
        """Nats per token of the wanted answers; None where none is known."""
        found = likelihoods(asked_model, chat.pad_id, proof.wanted_rows(questions))
        tokens = sum(one.tokens for one in found)
        return -sum(one.logp for one in found) / tokens if tokens else None


class Other(NamedTuple):
    """What the made model is compared with: its name, its answers as tokens and texts, its loss."""

    name: str
    answers: list[list[int]]
    texts: list[str]
    loss: float | None
    ends: bool


class Made(NamedTuple):
    """A complete model folder, with all that was found out about it."""

    folder: Path
    proof: Proof
    questions: list[Question]
    answers: list[list[int]]
    chat: ChatText
    must_stop: bool


def export(order: ExportOrder, attempt: int, on: Cloud, scratch: Path) -> ExportResult:
    """Do what the order says; what was made. All files of the result are in the outbox when this returns.

    A model that answers otherwise than what training left is told as a fault, with the numbers, and not
    uploaded. Raises BadInput and Unavailable as training does; a repeat makes it anew.
    """
    teller = Teller(on, order.run_id, "export")
    done = ExportResult(run_id=order.run_id, attempt=attempt)
    if "merged" not in order.formats:
        teller.phase("exported", "the trained weights are all that was asked for")
        return done
    desk = Desk(order, on, scratch, model.settle(), teller)
    made = _kept(desk, order.model) if order.model else _merged(desk, order.adapter or "")
    found = made.proof
    teller.say(f"  {found.alike} of {found.choices} tokens alike, {found.same} of {found.compared} answers")
    told = {
        "compared": found.compared,
        "same": found.same,
        "exact_match": found.exact_match,
        "proof": found,
        "replies": tuple(
            proof.reply(q, made.chat, a) for q, a in zip(made.questions, made.answers, strict=True)
        ),
    }
    if faults := proof.verdict(found, order.proof, made.must_stop):
        return done.model_copy(update={**told, "faults": tuple(faults), "seconds": round(teller.seconds, 3)})
    prefix = names.weights(order.run_id, "export", attempt, "merged")
    teller.phase("uploading the merged model", prefix)
    teller.say(f"  {upload_folder(on, made.folder, prefix) / 1e6:.1f} MB")
    return done.model_copy(update={**told, "merged": prefix, "seconds": round(teller.seconds, 3)})


# ---------------------------------------------------------------- of an adapter


def _merged(desk: Desk, prefix: str) -> Made:
    """Base and adapter made one. Both are loaded, one after the other (two would not fit), and asked."""
    desk.teller.phase("fetching the base model and the adapter", desk.order.base.name)
    folder = fetch_whole(desk.order.base)
    adapter = download_folder(desk.on, prefix, desk.scratch / "adapter")
    trained = ChatText.from_folder(folder, desk.order.base.name)
    desk.teller.phase("merging the adapter into the base model")
    merged = merge(folder, adapter, desk.scratch / "merged")
    complete(trained, merged)
    name_stops(trained, merged)
    base = desk.load(folder)
    model.make_room(base, trained)
    questions = desk.questions(trained, base)
    desk.teller.phase("asking the adapter and the merged model", f"{len(questions)} prompts")
    both = PeftModel.from_pretrained(base, adapter).eval()
    answers = desk.ask(both, trained, questions)
    texts = [proof.reply(q, trained, a).text for q, a in zip(questions, answers, strict=True)]
    ends = any(proof.stopped(trained, one) for one in answers)
    other = Other("adapter", answers, texts, desk.loss(both, trained, questions), ends)
    del base, both
    return _compared(desk, merged, trained, questions, other)


# ---------------------------------------------------------------- of full fine-tuning


def _kept(desk: Desk, prefix: str) -> Made:
    """The whole model, as it was kept. It has to give the answers that the training's result holds."""
    desk.teller.phase("fetching the trained model", prefix)
    folder = download_folder(desk.on, prefix, desk.scratch / "merged")
    chat = ChatText.from_folder(folder, desk.order.base.name)
    name_stops(chat, folder)
    given = {one.line: one.after for one in desk.order.answers}
    known = proof.questions_of(desk.order, desk.on, desk.scratch, chat, None)
    questions = [one for one in known if one.line in given] or known
    desk.teller.phase("asking the trained model again", f"{len(questions)} prompts")
    texts = [given[one.line] for one in questions if one.line in given]
    answers = [chat.encode(text)[0] for text in texts]
    return _compared(desk, folder, chat, questions, Other("training", answers, texts, None, False))


# ---------------------------------------------------------------- of both


def _compared(desk: Desk, folder: Path, trained: ChatText, questions: list[Question], other: Other) -> Made:
    """Load the made model with plain transformers and ask it, with what its own folder says."""
    chat = ChatText.from_folder(folder, desk.order.base.name)
    whole = desk.load(folder)
    asked = proof.compared_prompts(questions)
    answers = desk.ask(whole, chat, questions)
    pairs = [(q, a) for q, a in zip(questions, other.answers, strict=False) if a]
    forced = likelihoods(whole, chat.pad_id, [proof.answered_row(q, a) for q, a in pairs])
    texts = [proof.reply(q, chat, a).text for q, a in zip(questions, answers, strict=True)]
    rows = [(one.asked.sample, text) for one, text in zip(questions, texts, strict=True) if one.asked]
    found = Proof(
        format="merged",
        beside=other.name,
        prompts=len(asked),
        tokens=proof.same_tokens(trained, asked, _as_transformers_reads(folder, asked)),
        choices=sum(one.tokens for one in forced),
        alike=sum(one.right for one in forced),
        compared=len(other.texts),
        same=sum(one == mine for one, mine in zip(other.texts, texts, strict=False)),
        stopped=sum(proof.stopped(trained, one) for one in answers),
        exact_match=sum(is_right(trained, *row) for row in rows) / len(rows) if rows else None,
        loss=desk.loss(whole, trained, questions),
        loss_beside=other.loss,
    )
    return Made(folder, found, questions, answers, chat, other.ends)


def name_stops(chat: ChatText, folder: Path) -> None:
    """Every token that ends an answer is named where `generate` looks: some bases name one elsewhere only."""
    file = folder / "generation_config.json"
    said = json.loads(file.read_bytes()) if file.is_file() else {}
    named = said.get("eos_token_id")
    known = set(named if isinstance(named, list) else [] if named is None else [named])
    if not chat.stop_ids <= known:
        said["eos_token_id"] = sorted(known | chat.stop_ids)
        file.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")


def _as_transformers_reads(folder: Path, questions: Sequence[Question]) -> list[list[int]]:
    """The prompts' tokens as anybody gets them who loads this folder with transformers."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    read = (tokenizer.apply_chat_template(one.plain, add_generation_prompt=True) for one in questions)
    return [list(ids["input_ids"]) if hasattr(ids, "keys") else list(ids) for ids in read]
