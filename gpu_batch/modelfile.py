"""An Ollama Modelfile beside GGUF files: which file, how turns are written, where answers end, how to sample.

Ollama reads Go's templates and not Jinja's. So the model's own chat template is asked what it writes around
turns, and that is written down anew; it is kept only where it gives the very same prompts back. Where it does
not, the Modelfile says nothing of turns, and Ollama takes what the GGUF file brings. Not a program.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from gpu_batch.text import ChatText
from schemas.errors import BadInput
from schemas.samples import Message

SYSTEM, USER, ANSWER, AGAIN = "SYSTEMSAYS", "USERSAYS", "ASSISTANTSAYS", "USERSAYSAGAIN"
# As generation_config.json calls them: as Ollama does.
SAMPLING: Final[Mapping[str, str]] = {
    "temperature": "temperature",
    "top_k": "top_k",
    "top_p": "top_p",
    "min_p": "min_p",
    "repetition_penalty": "repeat_penalty",
}


class Turns(NamedTuple):
    """What stands around the texts of turns, as (before, after), and what opens the answer that is asked for.

    `system` is None where there is no such turn; `joined`: what a system says begins the first user's turn.
    `start` stands before all turns where no system says anything: some templates have words of their own.
    """

    start: str
    system: tuple[str, str] | None
    joined: bool
    user: tuple[str, str]
    answer: tuple[str, str]
    opening: str

    def prompt(self, messages: Sequence[tuple[str, str]]) -> str:
        """A prompt as Ollama writes it by this template; it puts the BOS before it by itself."""
        text = "" if messages[0][0] == "system" else self.start
        joined = False
        for role, said in messages:
            around = {"system": self.system or ("", ""), "user": self.user, "assistant": self.answer}[role]
            text += ("" if joined else around[0]) + said + around[1]
            joined = role == "system" and self.joined
        return text + self.opening

    def template(self) -> str:
        """The same as a template of Go."""
        start = (
            f'{{{{ if ne (index .Messages 0).Role "system" }}}}{self.start}{{{{ end }}}}'
            if self.start
            else ""
        )
        parts = '{{ $joined := false }}{{ range .Messages }}{{ if eq .Role "user" }}'
        parts += f"{{{{ if not $joined }}}}{self.user[0]}{{{{ end }}}}{{{{ .Content }}}}{self.user[1]}"
        parts += "{{ $joined = false }}"
        parts += f'{{{{ else if eq .Role "assistant" }}}}{self.answer[0]}{{{{ .Content }}}}{self.answer[1]}'
        if self.system:
            joins = "{{ $joined = true }}" if self.joined else ""
            before, after = self.system
            parts += f'{{{{ else if eq .Role "system" }}}}{before}{{{{ .Content }}}}{after}{joins}'
        return f"{start}{parts}{{{{ end }}}}{{{{ end }}}}{self.opening}"


def turns_of(chat: ChatText) -> Turns | None:
    """What the chat template writes around turns; None where it is more than that."""
    try:
        found = _found(chat)
    except (BadInput, ValueError):
        return None
    checked = [
        [("user", USER)],
        [("user", USER), ("assistant", ANSWER), ("user", AGAIN)],
        *(
            [[("system", SYSTEM), ("user", USER), ("assistant", ANSWER), ("user", AGAIN)]]
            if found.system
            else ()
        ),
    ]
    same = all(found.prompt(one) == _rendered(chat, one) for one in checked)
    parts = (found.start, *(found.system or ()), *found.user, *found.answer, found.opening)
    plain = not any("{{" in part or '"""' in part for part in parts)
    return found if same and plain else None


def _found(chat: ChatText) -> Turns:
    """Read off three renderings. Raises ValueError where a text is not found in them as it was given."""
    first = [("user", USER)]
    both = [*first, ("assistant", ANSWER)]
    end = chat.special_tokens.get("eos_token", "")  # some write it after what asks for no answer
    user_after = _split(_rendered(chat, first, asks=False), USER)[1]
    answer_after = _split(_rendered(chat, both, asks=False), ANSWER)[1]
    before, rest = _split(_rendered(chat, [*both, ("user", AGAIN)]), USER)
    between, rest = _split(rest, ANSWER)
    again, opening = _split(rest, AGAIN)
    if not again.startswith(answer_after):
        user_after, answer_after = user_after.removesuffix(end), answer_after.removesuffix(end)
    user_before = again.removeprefix(answer_after)
    system, joined = _system(chat, user_before)
    return Turns(
        start=before.removesuffix(user_before),
        system=system,
        joined=joined,
        user=(user_before, user_after),
        answer=(between.removeprefix(user_after), answer_after),
        opening=opening.removeprefix(user_after),
    )


def _split(text: str, at: str) -> tuple[str, str]:
    before, found, after = text.partition(at)
    if not found:
        raise ValueError(f"{at} is not in the rendering")
    return before, after


def _system(chat: ChatText, before_user: str) -> tuple[tuple[str, str] | None, bool]:
    try:
        text = _rendered(chat, [("system", SYSTEM), ("user", USER)])
        before, rest = _split(text, SYSTEM)
        after = _split(rest, USER)[0]
    except (BadInput, ValueError):
        return None, False
    if before_user and after.endswith(before_user):
        return (before, after.removesuffix(before_user)), False
    return (before, after), True


def _rendered(chat: ChatText, turns: Sequence[tuple[str, str]], asks: bool = True) -> str:
    """A prompt without what begins a text: Ollama and llama.cpp put that there themselves."""
    messages = [Message.model_validate({"role": role, "content": said}) for role, said in turns]
    start = chat.special_tokens.get("bos_token", "")
    return chat.render(messages, add_generation_prompt=asks).removeprefix(start)


def modelfile(files: Sequence[Path], chat: ChatText, sampling: Mapping[str, Any]) -> str:
    """The Modelfile's text. The last file is taken; the others stand there as comments."""
    *others, taken = [file.name for file in files]
    lines = ["# ollama create my-model -f Modelfile, then: ollama run my-model"]
    lines += [f"# FROM ./{name}" for name in others] + [f"FROM ./{taken}"]
    turns = turns_of(chat)
    if turns:
        lines.append(f'TEMPLATE """{turns.template()}"""')
    else:
        lines.append(
            "# The chat template is the one inside the GGUF file: it cannot be written as one of Go."
        )
    for stop in sorted(chat.stop_ids):
        text = chat.decode([stop])
        if text and '"' not in text:
            lines.append(f'PARAMETER stop "{text}"')
    for theirs, ours in SAMPLING.items():
        if isinstance(sampling.get(theirs), int | float):
            lines.append(f"PARAMETER {ours} {sampling[theirs]}")
    return "\n".join(lines) + "\n"
