"""The synthetic chats that the base model is trained on: eight kinds of request, each with one right answer.

Not a program: `__main__` asks for chats here. None of the kinds is the ticket line of `examples/tickets`: no
answer starts with `TICKET`, and no layout parts details with `|`. What the model takes along to that task is
reading messages and copying words, not the task.
"""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from examples.make_tiny_gemma3.messages import pick_message
from examples.make_tiny_gemma3.vocabulary import (
    CITIES,
    COLOURS,
    DAY_PARTS,
    DAYS,
    ITEMS,
    pick_code,
    pick_name,
    pick_phrase,
    pick_record,
)


class Chat(NamedTuple):
    """One request and its answer; `kind` is a key of `KINDS`."""

    kind: str
    user: str
    answer: str


Exchange = tuple[str, str]  # what the user asks, and the answer

# What a form or a list may call a field, and how a question may ask for it.
LABELS = {
    "name": ["name", "customer", "person", "sender", "client", "who"],
    "item": ["item", "product", "thing", "object", "device", "goods"],
    "code": ["code", "number", "reference", "model", "serial", "id"],
    "city": ["city", "place", "town", "where"],
    "colour": ["colour", "shade"],
    "day": ["day", "date", "when", "time"],
    "part": ["part of the day", "hours"],
    "number": ["amount", "count", "quantity"],
    "fault": ["fault", "problem", "trouble", "defect", "issue"],
    "haste": ["haste", "hurry", "speed"],
}
QUESTIONS = {
    "name": ["Who wrote this?", "What is the name?", "Who is it?"],
    "item": ["Which item is meant?", "What is it about?", "What thing is it?"],
    "code": ["What is the code?", "Which number is given?"],
    "city": ["Which city?", "Where is it?"],
    "colour": ["Which colour?", "What colour is it?"],
    "day": ["Which day?", "When is it?"],
    "part": ["Which part of the day?"],
    "number": ["How many?", "What amount?"],
    "fault": ["What is the fault?", "What is wrong?", "Which problem is it?"],
    "haste": ["How fast?", "Is it urgent?"],
}

# Of a filled-in form: between a label and its value, between two details, before all, after all.
LAYOUTS = [
    (" is ", ", ", "", "."),
    (" is ", " and ", "The ", "."),
    (": ", "\n", "", ""),
    (": ", "; ", "Note: ", "."),
    (": ", ", ", "( ", " )"),
    (" : ", " / ", "", ""),
    (" - ", "\n", "", ""),
    (" = ", ", ", "", ""),
    (" = ", " & ", "< ", " >"),
    (" -> ", " ; ", "", ""),
    (" > ", "\n", "Record\n", "\nend"),
    (" ~ ", " ~ ", "[ ", " ]"),
    (" ", ", ", "* ", " *"),
    (" ", " + ", "", ""),
]
SEPARATORS = [", ", " / ", " - ", "\n", " ; ", " + ", " and ", " > "]  # of a list of bare values

SMALL_TALK: list[Exchange] = [
    ("Hello", "Hello! How can I help you?"),
    ("Hi there", "Hi! What can I do for you?"),
    ("Good morning", "Good morning! How can I help you?"),
    ("Who are you?", "I am a small helper."),
    ("What can you do?", "I can read short messages."),
    ("Thank you", "You are welcome."),
    ("Goodbye", "Goodbye!"),
    ("How high is the priority?", "The priority is high, normal or low."),
]

LONG_COPY_SHARE = 0.3  # of the copying chats: many names and codes in a row, which teach copying fastest
USUAL_COPY_WEIGHT = 14
COPY_FIRST_WEIGHT = (
    300  # at first nearly all chats copy: until it can copy, the model learns nothing else well
)


def _label(r: Random, field: str) -> str:
    label = r.choice(LABELS[field])
    return label.capitalize() if r.random() < 0.4 else label


def _reply(r: Random) -> Exchange:
    record = pick_record(r)
    message = pick_message(r, record)
    # Every body tells the item or the code.
    about = f"the {record['item']}" if "item" in message.told else f"order {record['code']}"
    if "fault" in message.told:
        return message.text, f"Dear {record['name']}, we are sorry about {about}. A colleague will call you."
    return message.text, f"Hello {record['name']}, thank you for writing about {about}. We will answer soon."


def _ask(r: Random) -> Exchange:
    record = pick_record(r)
    message = pick_message(r, record)
    field = r.choice(message.told)
    question = r.choice(QUESTIONS[field])
    user = f"{question} {message.text}" if r.random() < 0.6 else f"{message.text} {question}"
    return user, record[field]


def _form(r: Random) -> Exchange:
    record = pick_record(r)
    message = pick_message(r, record)
    fields = r.sample(message.told, r.randint(1, len(message.told)))
    labels = [_label(r, field) for field in fields]
    equals, between, before, after = r.choice(LAYOUTS)
    blank = before + between.join(f"{label}{equals}..." for label in labels) + after
    pairs = zip(labels, fields, strict=True)
    filled = before + between.join(f"{label}{equals}{record[field]}" for label, field in pairs) + after
    request = r.choice(["Fill in", "Use this form", "Answer as", "Complete"])
    return f"{request}: {blank}\n{message.text}", filled


def _plain(r: Random) -> Exchange:
    record = pick_record(r)
    message = pick_message(r, record)
    fields = r.sample(message.told, r.randint(1, len(message.told)))
    separator = r.choice(SEPARATORS)
    wanted = separator.join(_label(r, field) for field in fields)
    request = r.choice(["List", "Give me", "Write", "Only tell me"])
    return f"{request} {wanted}: {message.text}", separator.join(record[field] for field in fields)


def _note(r: Random) -> Exchange:
    record = pick_record(r)
    message = pick_message(r, record)
    name = record["name"]
    rest = [record[field] for field in message.told if field != "name"]
    request, answer = r.choice(
        [
            ("Make a short note", f"{name} writes: {', '.join(rest)}."),
            ("Sum it up", f"About {' and '.join(rest)}, from {name}."),
            ("Write it for the log", f"Log of {name} > {' > '.join(rest)}"),
        ]
    )
    return f"{request}: {message.text}", answer


def _words(r: Random) -> list[str]:
    """One of each sort of detail, as a pool to draw from."""
    return [
        pick_name(r, 1),
        pick_code(r),
        r.choice(ITEMS),
        r.choice(CITIES),
        r.choice(COLOURS),
        r.choice(DAYS),
    ]


def _copy(r: Random) -> Exchange:
    if r.random() < LONG_COPY_SHARE:
        count = r.randint(4, 10)
        text = " ".join(pick_name(r, 1) if r.random() < 0.6 else pick_code(r) for _ in range(count))
        return f"{r.choice(['Repeat', 'Say again', 'Copy this'])}: {text}", text
    more = [pick_name(r, 1), pick_code(r), str(r.randrange(2, 1000)), r.choice(DAY_PARTS), pick_phrase(r)]
    text = " ".join(r.sample(_words(r) + more, r.randint(2, 7)))
    request, answer = r.choice(
        [
            ("Repeat", text),
            ("Say again", text),
            ("Copy this", text),
            ("Quote", f"You said: {text}"),
            ("Say twice", f"{text} {text}"),
        ]
    )
    return f"{request}: {text}", answer


def _pick(r: Random) -> Exchange:
    words = r.sample(_words(r), r.randint(3, 5))
    request, answer = r.choice(
        [
            ("First word", words[0]),
            ("Second word", words[1]),
            ("Last word", words[-1]),
            ("Backwards", " ".join(reversed(words))),
        ]
    )
    return f"{request}: {' '.join(words)}", answer


def _talk(r: Random) -> Exchange:
    return r.choice(SMALL_TALK)


# Each kind of chat: how often it is drawn, against the others, and what makes it.
KINDS: dict[str, tuple[int, Callable[[Random], Exchange]]] = {
    "reply": (12, _reply),
    "ask": (15, _ask),
    "form": (24, _form),
    "plain": (14, _plain),
    "note": (10, _note),
    "copy": (USUAL_COPY_WEIGHT, _copy),
    "pick": (6, _pick),
    "talk": (2, _talk),
}


def pick_chat(r: Random, copy_weight: int = USUAL_COPY_WEIGHT) -> Chat:
    """One chat; `copy_weight` replaces the weight of the kind `copy`."""
    weights = [copy_weight if kind == "copy" else weight for kind, (weight, _) in KINDS.items()]
    kind = r.choices(list(KINDS), weights)[0]
    return Chat(kind, *KINDS[kind][1](r))


def curriculum(r: Random, count: int, copy_first: float) -> list[Chat]:
    """`count` chats in order of training: mostly copying for the share `copy_first`, then the usual mix."""
    start_of_mix = int(copy_first * count)
    return [pick_chat(r, COPY_FIRST_WEIGHT if i < start_of_mix else USUAL_COPY_WEIGHT) for i in range(count)]
