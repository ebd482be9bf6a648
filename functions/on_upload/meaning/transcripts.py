"""A whole dialogue in one text: `Human: … Assistant: …` and the marks of chat templates, taken apart.

    parse("\\n\\nHuman: Hi\\n\\nAssistant: Hello")   # two turns; None for any other text

Only the marks and the line breaks that separate turns go; what was said stays as it was. What stands before
the first mark is a system turn.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final, NamedTuple

from functions.on_upload.meaning.calls import calls_of
from functions.on_upload.meaning.reading import Problem
from schemas.samples import Message, Role

_USER: Final = """
human user you customer client person patient student q question instruction prompt usuario cliente pregunta
utilisateur benutzer nutzer kunde frage utente domanda usuário pergunta gebruiker пользователь вопрос
用户 人类 问 问题 ユーザー 質問 사용자 질문
"""
_ASSISTANT: Final = """
assistant bot ai agent chatbot gpt model a answer response output reply asistente respuesta antwort
assistent reponse réponse risposta assistente resposta ассистент ответ бот 助手 答 回答 机器人
アシスタント 어시스턴트 답변
"""
WORDS: Final[dict[str, Role]] = {
    **dict.fromkeys(_USER.split(), "user"),
    **dict.fromkeys(_ASSISTANT.split(), "assistant"),
    **dict.fromkeys(("system", "sistema"), "system"),
    "input": "user",
}
_LISTED: Final = "|".join(sorted(map(re.escape, WORDS), key=len, reverse=True))
RETURNED: Final[Mapping[str, Role]] = {"function response": "tool"}


class _Style(NamedTuple):
    """How turns are marked: `mark` is what stands before a turn, its group `who` says who speaks."""

    mark: re.Pattern[str]
    ends: tuple[str, ...] = ()


# Marks of chat templates; each turn ends with a mark of its own.
_TEMPLATES: Final = (
    _Style(re.compile(r"\s{0,4}<\|im_start\|>(?P<who>\w+)\n"), ("<|im_end|>",)),
    _Style(re.compile(r"\s{0,4}<\|start_header_id\|>(?P<who>\w+)<\|end_header_id\|>\n\n"), ("<|eot_id|>",)),
    _Style(re.compile(r"\s{0,4}<start_of_turn>(?P<who>\w+)\n"), ("<end_of_turn>",)),
    _Style(
        re.compile(r"\s{0,4}<\|(?P<who>user|assistant|system)\|>\n?"),
        ("</s>", "<|end|>", "<|eot|>", "<|endoftext|>"),
    ),
    _Style(
        re.compile(r"\s{0,4}<\uff5c(?P<who>User|Assistant)\uff5c>"),
        ("<\uff5cend\u2581of\u2581sentence\uff5c>",),
    ),
    _Style(re.compile(r"(?:\A|\n{1,3})<(?P<who>human|bot|user|assistant|system)>: ?")),
)
_HEADED: Final = _Style(re.compile(rf"\n{{0,3}}### ?(?P<who>{_LISTED})\s?[:\uff1a]?[ \t]?\n?", re.I))
_SHOUTED: Final = _Style(re.compile(r"(?:\A|\s|</s>)(?P<who>USER|ASSISTANT|SYSTEM): ?"), ("</s>",))
_SPOKEN: Final = _Style(
    re.compile(rf"(?:\A\s{{0,4}}|\n\n|\n)(?P<who>{_LISTED})\s?[:\uff1a](?:[ \t]|(?=\S)|(?=\n)|\Z)", re.I)
)
# Glaive's: each answer ends with a mark, calls of tools and what they return are turns.
_CALLING: Final = _Style(
    re.compile(r"(?:\A\s{0,9}|\n{1,9})(?P<who>USER|ASSISTANT|SYSTEM|FUNCTION RESPONSE): ?"),
    (" <|endoftext|>",),
)
_CALL: Final = "<functioncall>"
_START: Final = re.compile(
    r"\A\s*(?:<s>|<bos>|<\|begin_of_text\|>|<\uff5cbegin\u2581of\u2581sentence\uff5c>)"
)
_LLAMA: Final = re.compile(
    r"\s*(?:<s>)?\s*\[INST\] ?(?P<asks>.*?) ?\[/INST\] ?(?P<answer>.*?)(?: ?</s>|\Z)", re.DOTALL
)
_SYSTEM: Final = re.compile(r"\A\s*<<SYS>>\n?(?P<system>.*?)\n?<</SYS>>\n*", re.DOTALL)
_TO_COME: Final = "…"
_OPEN: Final = (":", "\uff1a", ">", "[/INST]")  # what a prompt ends with, after the name of who is to speak
MAX_PREAMBLE: Final = 2000  # characters before the first turn; more of them and it is a text that quotes


def parse(text: str) -> tuple[Message, ...] | None:
    """The turns in a text, at least a question and an answer; None where it is not a dialogue."""
    if "[INST]" in text:
        return _llama(text)
    ended = (_CALLING,) if _CALLING.ends[0] in text else ()
    for style in (*ended, *_TEMPLATES, _HEADED, _SHOUTED, _SPOKEN):
        turns = _turns(text, style)
        if turns is not None:
            return turns
    return None


def parse_prompt(text: str) -> tuple[Message, ...] | None:
    """The turns in a text that ends where the assistant is to speak: `Human: …\\n\\nAssistant:`."""
    if not text.rstrip().endswith(_OPEN):
        return None
    turns = parse(f"{text}{_TO_COME}" if text.endswith("\n") else f"{text.rstrip()} {_TO_COME}")
    return turns[:-1] if turns and turns[-1].content == _TO_COME else None


def _turns(text: str, style: _Style) -> tuple[Message, ...] | None:
    marks = _of_two_words(list(style.mark.finditer(text)))
    if len(marks) < 2 or (style is _SPOKEN and text[: marks[0].start()].strip()):
        return None
    made = list(_joined(list(_between(text, marks, style))))
    spoken = [turn for turn in made if turn.role != "system"]
    roles = [turn.role for turn in spoken]
    if roles[:1] != ["user"] or any(one == two for one, two in pairwise(roles)) or len(roles) < 2:
        return None
    if any(not turn.content.strip() and not turn.tool_calls for turn in made) or any(
        turn.role == "system" for turn in made[1:]
    ):
        return None
    return tuple(made)


def _of_two_words(marks: list[re.Match[str]]) -> list[re.Match[str]]:
    """The marks of the first word for each speaker: an answer may hold a line `Answer: 5` of its own."""
    first: dict[Role, str] = {}
    for mark in marks:
        word = mark["who"].casefold()
        first.setdefault(_role(word), word)
    return [mark for mark in marks if (word := mark["who"].casefold()) in first.values() or word == "input"]


def _between(text: str, marks: list[re.Match[str]], style: _Style) -> Iterator[tuple[str, Message]]:
    """Each mark's word with its turn; first what stands before all of them."""
    before = _START.sub("", text[: marks[0].start()])
    if before.strip():
        role: Role = "system" if len(before) <= MAX_PREAMBLE else "assistant"
        yield "", Message(role=role, content=before.rstrip("\n"))
    for mark, following in zip(marks, [*marks[1:], None], strict=False):
        content = text[mark.end() : following.start() if following else len(text)]
        for end in style.ends:
            content = content.partition(end)[0]
        word = mark["who"].casefold()
        calls = calls_of(content.removeprefix(_CALL).strip()) if content.startswith(_CALL) else None
        if calls is None or isinstance(calls, Problem):
            yield word, Message(role=_role(word), content=content)
        else:
            yield word, Message(role="assistant", content="", tool_calls=calls)


def _role(word: str) -> Role:
    return WORDS.get(word) or RETURNED.get(word, "assistant")


def _joined(found: list[tuple[str, Message]]) -> Iterator[Message]:
    """Alpaca's `### Input:` belongs to the instruction before it, on the line below."""
    waiting: Message | None = None
    for word, turn in found:
        if word == "input" and waiting is not None and waiting.role == "user":
            waiting = waiting.model_copy(update={"content": f"{waiting.content}\n{turn.content}"})
            continue
        if waiting is not None:
            yield waiting
        waiting = turn
    if waiting is not None:
        yield waiting


def _llama(text: str) -> tuple[Message, ...] | None:
    """Llama 2's and Mistral's marks: `[INST] … [/INST] …`, a system text inside the first."""
    made: list[Message] = []
    at = 0
    while at < len(text) and (found := _LLAMA.match(text, at)):
        asks = found["asks"]
        system = _SYSTEM.match(asks) if not made else None
        if system:
            made.append(Message(role="system", content=system["system"]))
            asks = asks[system.end() :]
        made += [Message(role="user", content=asks), Message(role="assistant", content=found["answer"])]
        at = found.end()
    whole = at >= len(text) or not text[at:].strip()
    return tuple(made) if made and whole and all(turn.content.strip() for turn in made) else None
