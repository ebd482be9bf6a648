"""The labelled tables that the threshold is held against: what each is, or that it has to be asked or refused.

A pair is (question's column, answer's column); another kind is its name. No tests here.
"""

# fmt: off
from typing import Any, NamedTuple

from functions.on_upload.meaning.reading import Seen
from tests.functions.meaning.contents import (
    ASKED, DATES, IDS, LANGUAGES, LINKS, LONG, NUMBERS, OTHER, SAID, TOLD, TOPICS, WEB,
)
from tests.functions.meaning.seeing import table

ASK, REFUSE = "ask", "refuse"


class Labelled(NamedTuple):
    """A table, and what is right of it."""

    about: str
    seen: Seen
    right: Any


def pair(ask: str, answer: str, asked: Any = ASKED, told: Any = TOLD, **beside: Any) -> Labelled:
    """A pair under these names, other columns before and behind it."""
    return Labelled(f"{ask} and {answer} beside {', '.join(beside) or 'nothing'}", table(**{ask: asked}, **beside, **{answer: told}), (ask, answer))


def other(about: str, right: Any, **columns: Any) -> Labelled:
    return Labelled(about, table(**columns), right)


NAMED = [
    *(pair(*both) for both in [
        ("question", "answer"), ("QUESTION", "ANSWER"), ("prompt", "completion"), ("prompt", "response"), ("prompt", "generation"),
        ("prompt", "answer"), ("input", "output"), ("query", "response"), ("source", "target"), ("inputs", "targets"), ("input_text", "output_text"),
        ("message", "reply"), ("instruction", "output"), ("INSTRUCTION", "RESPONSE"), ("message_1", "message_2"), ("Q", "A"), ("Q1", "A1"),
        ("Customer question", "Agent reply"), ("customerQuestion", "agentReply"), ("question_text", "answer_text"), ("user", "assistant"), ("human", "bot"),
        ("Customer message", "Support response"), ("user_query", "model_output"), ("ticket", "resolution"), ("problem", "solution"), ("FAQ question", "FAQ answer"),
        (" question ", "answer\t"), ("the question", "the answer"), ("question (en)", "answer (en)"),
    ]),
    *(pair(ask, answer, SAID, TOLD) for ask, answer in [("question", "answer"), ("message", "reply"), ("customer", "agent"), ("email", "response"), ("complaint", "solution")]),
    pair("question", "answer", id=IDS, created_at=DATES, url=LINKS, score=NUMBERS, source=WEB),
    pair("question", "answer", category=TOPICS), pair("question", "answer", input=OTHER), pair("question", "answer", explanation=LONG),
    pair("question", "answer", title=TOPICS), pair("question", "answer", context=LONG), pair("question", "answer", customer=["Ann Berg", "Bo Dahl", "Cy Ek", "Di Falk", "Ed Gran", "Fay Holm"]),
    pair("body", "reply", SAID, TOLD, subject=TOPICS), pair("instruction", "output", input=TOPICS), pair("instruction", "output", text=LONG),
    pair("instruction", "output", ["Answer the customer."] * 6, TOLD, input=ASKED), pair("instruction", "output", input=TOPICS, prompt=LONG), pair("query", "response", original_question=OTHER),
    pair("Message", "Category", SAID * 4, ["ham", "spam"] * 12), pair("tweet", "sentiment", SAID * 4, ["good", "bad"] * 12, user=["Ann", "Bo", "Cy"] * 8),
    pair("Email Body", "Suggested reply", SAID, TOLD, **{"Email Subject": TOPICS}), pair("customer_msg", "agent_msg", SAID, TOLD, agent_name=["Ann Berg"] * 6), pair("question_stem", "answerKey", ASKED, ["A", "B"] * 3, choices=[["x", "y"]] * 6),
    pair("Context", "Response", SAID, TOLD), pair("Patient", "Doctor", SAID, TOLD, Description=TOPICS), pair("instruction", "response", SAID * 2, TOLD * 2, intent=TOPICS * 2, flags=["B", "BQ", "L"] * 4),
    pair("question", "response", system_prompt=["You are a kind and helpful assistant."] * 6, id=IDS), pair("user", "assistant", system=["Be kind to all who ask."] * 6),
    pair("article", "highlights", LONG, SAID, id=IDS), pair("document", "summary", LONG, SAID), pair("text", "summary", LONG, SAID, title=TOPICS),
    pair("dialogue", "summary", LONG, SAID, id=IDS), pair("question", "answer", ASKED, NUMBERS), pair("utterance", "intent", SAID * 4, TOPICS * 4),
    pair("text", "label", SAID * 4, TOPICS * 4), pair("review", "sentiment", SAID * 4, ["good", "bad"] * 12), pair("message", "category", SAID * 4, TOPICS * 4),
    pair("question", "resolution", datum=DATES, lang=["en"] * 6), pair("question", "foo"), pair("foo", "answer"), pair("Frage", "Reply"),
    *(Labelled(about, table(**{ask: asked, answer: told}), (ask, answer)) for about, ask, answer, asked, told in LANGUAGES),
]
NAMELESS = [
    pair("a", "b"), pair("x", "y"), pair("column_1", "column_2"), pair("col_a", "col_b", id=IDS, day=DATES), pair("1", "2"), pair("foo", "bar", n=NUMBERS, link=LINKS),
    other("answers before questions", ("b", "a"), a=TOLD, b=ASKED),
    *(Labelled(f"{about}, nameless", table(a=asked, b=told), ("a", "b")) for about, _, _, asked, told in LANGUAGES if about in ("German", "Spanish", "Russian", "Arabic", "Hindi", "Chinese", "Korean", "Polish")),
]
OTHERS = [
    other("one column of text", "text", text=LONG), other("text and an id", "text", id=IDS, text=LONG), other("prompts alone", "prompts", prompt=SAID),
    other("a prompt and its ground truth", "prompts", prompt=ASKED, ground_truth=NUMBERS), other("chosen and rejected", "preference", prompt=ASKED, chosen=TOLD, rejected=OTHER),
    other("a label of true and false", "feedback", prompt=ASKED, completion=TOLD, label=["true", "false"] * 3),
    other("thumbs", "feedback", question=ASKED, answer=TOLD, thumbs=["up", "down"] * 3),
]
ASKED_FOR = [
    other("statements without names", ASK, a=SAID, b=TOLD), other("columns 1 and 2, no question among them", ASK, column_1=SAID, column_2=OTHER), other("three texts", ASK, x=SAID, y=TOLD, z=OTHER),
    other("a question and two nameless answers", ASK, a=ASKED, b=TOLD, c=OTHER), other("two answers by name", ASK, question=ASKED, answer=TOLD, reply=OTHER),
    other("two questions by name", ASK, question=ASKED, query=SAID, answer=TOLD), other("two pairs", ASK, question=ASKED, answer=TOLD, prompt=SAID, completion=OTHER),
    other("names that differ in case alone", ASK, Question=ASKED, question=SAID, answer=TOLD), other("names against contents", ASK, question=TOLD, answer=ASKED),
    other("two languages", ASK, en=SAID, de=TOLD), other("two languages by name", ASK, english=SAID, german=OTHER), other("comment and note", ASK, comment=SAID, note=TOLD),
    other("a title and a text", ASK, title=SAID, text=LONG), other("subject, description, resolution", ASK, subject=SAID, description=LONG, resolution=TOLD),
    other("a text and a label of numbers", ASK, text=SAID * 4, label=["0", "1"] * 12), other("a term and its definition", ASK, term=TOPICS, definition=TOLD),
    other("a name and a description", ASK, name=TOPICS, description=LONG), other("a description and code", ASK, description=SAID, code=["def f(): pass", "return 1", "print(2)", "x = 3", "y = [4]", "z = {}"]),
    other("a text and its topic", ASK, text=SAID * 4, topic=TOPICS * 4), other("questions and their categories", ASK, question=ASKED * 4, category=TOPICS * 4), other("a topic, a question, details", ASK, Topic=TOPICS, FAQ=ASKED, Details=TOLD),
    other("a prompt, and a text that holds it", ASK, prompt=SAID, text=LONG), other("a problem, its solution, its result", ASK, problem=ASKED, solution=LONG, answer=NUMBERS),
    other("premise, hypothesis, label", ASK, premise=SAID * 4, hypothesis=TOLD * 4, label=["yes", "no"] * 12), other("wrong and right", ASK, incorrect=SAID, correct=TOLD),
    other("a title and a body", ASK, Title=ASKED, Body=LONG, Answer=TOLD), other("two languages of pairs", ASK, en_question=ASKED, en_answer=TOLD, de_question=SAID, de_answer=OTHER), other("both columns ask", ASK, a=ASKED, b=ASKED[::-1]), other("pros and cons", ASK, pros=SAID, cons=OTHER), other("before and after", ASK, before=SAID, after=TOLD),
]
REFUSED = [
    other("numbers alone", REFUSE, height=NUMBERS, weight=NUMBERS[::-1]), other("dates and ids", REFUSE, id=IDS, created=DATES), other("one column of numbers", REFUSE, n=NUMBERS),
    other("links alone", REFUSE, url=LINKS, id=IDS), other("a turn a row", REFUSE, conversation_id=IDS, role=["user", "assistant"] * 3, text=SAID),
    other("a turn a row, from", REFUSE, chat=NUMBERS, **{"from": ["human", "gpt"] * 3}, value=SAID), other("true and false", REFUSE, a=["true", "false"] * 3, b=["no", "yes"] * 3),
    other("a word again and again", REFUSE, a=["same"] * 6, n=NUMBERS),
]
ALL = [*NAMED, *NAMELESS, *OTHERS, *ASKED_FOR, *REFUSED]
