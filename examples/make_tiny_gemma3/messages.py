"""Customers' messages: sentences put together so that each tells a known set of details.

Not a program: `chats` asks for messages here. It writes no ticket lines. Some sentences do
resemble those of `examples/make_tickets.py`, as a general model would have seen customers' letters too.
"""

from dataclasses import dataclass
from random import Random

from examples.make_tiny_gemma3.vocabulary import Record

# The fields that a sentence tells, parted by spaces, and the sentence with those to fill in.
Piece = tuple[str, str]

OPENERS: list[Piece] = [
    ("name", "Hello, I am {name}."),
    ("name", "This is {name} speaking."),
    ("name", "{name} here."),
    ("name", "My name is {name}."),
    ("name", "Hi, {name} writing."),
    ("name part", "Good {part}, my name is {name}."),
    ("name", "Dear all, I am {name}."),
    ("name", "Greetings from {name}."),
]
BODIES: list[Piece] = [
    ("item code fault", "My {item} {code} {phrase}."),
    ("item code fault", "The {item} with number {code} {phrase}."),
    ("item code fault", "I bought this {item}, model {code}, and it {phrase}."),
    ("item fault day", "Since {day} my {item} {phrase}."),
    ("item code fault day", "The {item} {code} {phrase} since {day}."),
    ("item fault city", "The {item} in our {city} office {phrase}."),
    ("item number", "I would like to order {number} of the {item}."),
    ("item colour number", "Please send us {number} {colour} {item} sets."),
    ("item code day", "Could you pick up the {item} {code} on {day}?"),
    ("item colour city", "I forgot my {colour} {item} in your {city} shop."),
    ("item colour", "Do you still have the {colour} {item}?"),
    ("item code colour", "I ordered the {colour} {item}, order {code}."),
    ("code day", "My order {code} is missing since {day}."),
    ("code city day", "Parcel {code} must be in {city} on {day}."),
]
CLOSERS: list[Piece] = [
    ("city", "I live in {city}."),
    ("city", "Please ship to {city}."),
    ("day", "Please call me on {day}."),
    ("part", "I am at home in the {part}."),
    ("day part", "You can come on {day} {part}."),
    ("number", "I have waited {number} days."),
    ("number", "My house number is {number}."),
    ("haste", "{plea}"),
    ("haste", "{plea}"),
    ("haste", "{plea}"),
    ("", "Thank you."),
    ("", "Please help."),
    ("", "Many thanks!"),
    ("", "Please call me."),
]
SIGNATURES: list[Piece] = [
    ("name", "Regards, {name}"),
    ("name", "Yours, {name}"),
    ("name", "Thanks, {name}"),
    ("name", "Best wishes, {name}."),
]
NAME_FIRST_SHARE = 0.65  # of messages; the others are signed at the end


@dataclass(frozen=True)
class Message:
    """A customer's text, and the fields of the record that it tells, in the order of telling."""

    text: str
    told: list[str]


def pick_message(r: Random, record: Record) -> Message:
    """A message about `record`: who, what, and up to two more sentences."""
    body = r.choice(BODIES)
    closers = r.sample(CLOSERS, r.choice((0, 1, 1, 1, 2)))
    if r.random() < NAME_FIRST_SHARE:
        pieces = [r.choice(OPENERS), body, *closers]
    else:
        pieces = [body, *closers, r.choice(SIGNATURES)]
    told: list[str] = []
    sentences: list[str] = []
    for names, sentence in pieces:
        fields = names.split()
        if set(fields) & set(told):
            continue  # a detail told twice would let a question about it have two right answers
        told += fields
        sentences.append(sentence.format(**record))
    return Message(" ".join(sentences), told)
