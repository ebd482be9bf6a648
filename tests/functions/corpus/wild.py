"""Files as strangers bring them: sets of the Hub and of Kaggle, exports of services, tables of other languages."""

# fmt: off
import json
from collections.abc import Callable
from typing import Any

from tests.functions.corpus.case import Case, array, chat, jsonl, said, table

ASKED = ["Which planet is red?", "What boils at 100 degrees?", "Who wrote Hamlet?", "Which gas do plants take in?",
         "How many legs has a spider?", "What is the capital of Norway?", "When did it end?", "Why is the sky blue?"]
TOLD = ["It is Mars, for its iron oxide.", "Water does, at sea level.", "William Shakespeare wrote it.", "They take in carbon dioxide.",
        "A spider has eight legs.", "The capital is Oslo.", "It ended in the spring of 1945.", "Light is scattered by the air."]
SAYS = ["My parcel has not arrived yet.", "The lamp flickers since Monday.", "I want to return the shoes.", "The invoice shows a wrong address.",
        "My account was locked today.", "The app crashes when I open it.", "I was charged twice for it.", "The size does not fit me."]
WORSE = ["No idea.", "Ask someone else.", "Go away.", "I do not know.", "Perhaps six.", "It may be Bergen.", "A while ago.", "It just is."]
LONG = [f"{a} {b} {c} And so it went on for a while." for a, b, c in zip(SAYS, TOLD, WORSE, strict=True)]
EIGHT = range(8)
FIRST = said(ASKED[0], TOLD[0])
PREFERRED = ([("user", ASKED[0])], [("assistant", TOLD[0])], [("assistant", WORSE[0])])
CALL = {"name": "live", "arguments": {"page": "1"}}
OPTIONS = ["Venus", "Mars", "Pluto", "Earth"]
PICKED = [("user", f"{ASKED[0]}\nA. Venus\nB. Mars\nC. Pluto\nD. Earth"), ("assistant", "A. Venus")]


def rows(make: Callable[[int], Any]) -> bytes:
    """Eight rows as JSON, one a line."""
    return jsonl(*map(make, EIGHT))


def sheet(*header: str, cells: Callable[[int], list[Any]], delimiter: str = ",", count: int = 8) -> bytes:
    """A header and as many rows as CSV."""
    return table([list(header), *([str(cell) for cell in cells(n)] for n in range(count))], delimiter)


def exported(n: int) -> dict[str, Any]:
    """A conversation as ChatGPT exports it: a hidden start, a question, two tries at an answer."""
    def node(parent: str | None, children: list[str], role: str, text: str) -> dict[str, Any]:
        content = {"content_type": "text", "parts": [text]}
        message = {"author": {"role": role, "name": None}, "content": content, "weight": 1.0, "metadata": {}}
        return {"parent": parent, "children": children, "message": message}

    tree = {"r": {"parent": None, "children": ["s"], "message": None}, "s": node("r", ["a"], "system", ""),
            "a": node("s", ["b", "c"], "user", ASKED[n]), "b": node("a", [], "assistant", TOLD[n]), "c": node("a", [], "assistant", WORSE[n])}
    return {"title": f"Talk {n}", "create_time": 1.5, "mapping": tree, "current_node": "b", "conversation_id": f"c{n}", "id": f"c{n}"}


def glaive(n: int) -> dict[str, str]:
    return {"system": "SYSTEM: You are helpful.", "chat": f"USER: {ASKED[n]}\n\n\nASSISTANT: <functioncall> {json.dumps(CALL)} <|endoftext|>\n\n\n"
            f'FUNCTION RESPONSE: {{"r": 1}}\n\n\nASSISTANT: {TOLD[n]} <|endoftext|>\n\n'}


def hermes(n: int) -> list[dict[str, str]]:
    said_so = [("human", ASKED[n]), ("gpt", f"<tool_call>\n{json.dumps(CALL)}\n</tool_call>"), ("tool", "<tool_response>\n1\n</tool_response>"), ("gpt", TOLD[n])]
    return [{"from": who, "value": what} for who, what in said_so]


CALLED = [("user", ASKED[0]), ("assistant", ""), ("tool", None), ("assistant", TOLD[0])]
CASES = [
    # ------------------------------------------------------------ questions with options
    Case("MMLU: places from 0", "m.jsonl", rows(lambda n: {"question": ASKED[n], "subject": "misc", "choices": OPTIONS, "answer": n % 4}), "conversation", 8, PICKED),
    Case("places from 1", "m.jsonl", rows(lambda n: {"question": ASKED[n], "options": OPTIONS, "correct_option": 1 + n % 4}), "conversation", 8, PICKED),
    Case("MMLU's raw tables", "test.csv", table([[ASKED[n], f"Venus {n}", f"Mars {n}", f"Pluto {n}", f"Earth {n}", "ABCD"[n % 4]] for n in EIGHT]), "ask"),
    Case("ARC", "a.jsonl", rows(lambda n: {"id": f"M_{n}", "question": ASKED[n], "choices": {"text": OPTIONS, "label": list("1234")}, "answerKey": "1234"[n % 4]}),
         "conversation", 8, [("user", f"{ASKED[0]}\n1. Venus\n2. Mars\n3. Pluto\n4. Earth"), ("assistant", "1. Venus")]),
    Case("Winogrande", "w.jsonl", rows(lambda n: {"sentence": f"The trophy {n} is not in the case because _ is big.", "option1": "trophy", "option2": "case", "answer": "12"[n % 2]}),
         "conversation", 8, [("user", "The trophy 0 is not in the case because _ is big.\nA. trophy\nB. case"), ("assistant", "A. trophy")]),
    Case("a German quiz", "q.csv", sheet("Frage", "Antwort A", "Antwort B", "Antwort C", "Antwort D", "Richtige Antwort", cells=lambda n: [ASKED[n], *OPTIONS, "abcd"[n % 4]], delimiter=";"),
         "conversation", 8, PICKED),
    Case("Kahoot", "k.csv", sheet("Question", "Answer 1", "Answer 2", "Answer 3", "Answer 4", "Time limit", "Correct answer(s)", cells=lambda n: [ASKED[n], *OPTIONS, 20, 1 + n % 4]),
         "conversation", 8, PICKED),
    Case("Social IQa", "s.jsonl", rows(lambda n: {"context": SAYS[n], "question": ASKED[n], "answerA": "Venus", "answerB": "Mars", "answerC": "Pluto", "label": "123"[n % 3]}),
         "conversation", 8, [("user", f"{ASKED[0]}\n{SAYS[0]}\nA. Venus\nB. Mars\nC. Pluto"), ("assistant", "A. Venus")]),
    Case("GPQA: one right, three wrong answers", "g.csv", sheet("Question", "Correct Answer", "Incorrect Answer 1", "Incorrect Answer 2", cells=lambda n: [ASKED[n], TOLD[n], WORSE[n], SAYS[n]]),
         "conversation", 8, FIRST),
    Case("numbers of options that may be counted either way", "q.jsonl", rows(lambda n: {"question": ASKED[n], "choices": OPTIONS, "answer": 1 + n % 2}), "refuse", says="0 or 1"),
    Case("COPA: cause or effect of what?", "c.jsonl", rows(lambda n: {"premise": SAYS[n], "choice1": TOLD[n], "choice2": WORSE[n], "question": ["cause", "effect"][n % 2], "label": n % 2}), "ask"),
    Case("PIQA: two solutions and a number", "p.jsonl", rows(lambda n: {"goal": SAYS[n], "sol1": TOLD[n], "sol2": WORSE[n], "label": n % 2}), "ask"),
    # ------------------------------------------------------------ answers that are no single text
    Case("DROP", "d.jsonl", rows(lambda n: {"passage": LONG[n], "question": ASKED[n], "answers_spans": {"spans": ["Mars"], "types": ["span"]}}),
         "conversation", 8, said(f"{ASKED[0]}\n{LONG[0]}", "Mars")),
    Case("objects to be written", "x.jsonl", rows(lambda n: {"input": SAYS[n], "output": {"name": "Ann", "n": n}}), "conversation", 8, said(SAYS[0], '{"name": "Ann", "n": 0}')),
    Case("calls of tools as answers", "x.json", array(*({"id": n, "query": ASKED[n], "tools": json.dumps([CALL]), "answers": json.dumps([CALL])} for n in EIGHT)),
         "conversation", 8, [("user", ASKED[0]), ("assistant", "")]),
    Case("DeepMath: a result and three solutions", "d.jsonl", rows(lambda n: {"question": ASKED[n], "final_answer": str(n), "r1_solution_1": TOLD[n], "r1_solution_2": LONG[n], "r1_solution_3": SAYS[n]}), "ask"),
    Case("CoQA: questions in lists", "c.jsonl", rows(lambda n: {"story": LONG[n], "questions": ASKED[:2], "answers": {"input_text": TOLD[:2], "answer_start": [1, 2]}}), "ask"),
    Case("OpenR1: graded generations are no steps", "r.jsonl",
         rows(lambda n: {"problem": ASKED[n], "generations": ["a 5", "b 6"], "correctness_math_verify": [True, False], "messages": chat(ASKED[n], TOLD[n])}), "conversation", 8, FIRST),
    # ------------------------------------------------------------ conversations
    Case("ChatGPT's export", "conversations.json", array(*map(exported, EIGHT)), "conversation", 8, FIRST),
    Case("Claude's export", "conversations.json",
         array(*({"uuid": str(n), "name": "Talk", "chat_messages": [{"text": ASKED[n], "sender": "human"}, {"text": TOLD[n], "sender": "assistant"}]} for n in EIGHT)), "conversation", 8, FIRST),
    Case("Glaive's calls of functions", "g.jsonl", rows(glaive), "conversation", 8, [("system", "You are helpful."), *CALLED]),
    Case("Hermes' calls of functions", "h.json", array(*({"conversations": hermes(n), "tools": "[]"} for n in EIGHT)), "conversation", 8, CALLED),
    Case("calls that are written as text", "t.json",
         array(*({"conversations": [{"from": who, "value": what} for who, what in [("user", ASKED[n]), ("assistant", "[f(x=1)]"), ("tool", "[]"), ("assistant", TOLD[n])]]} for n in EIGHT)),
         "refuse", says="no tool was called"),
    Case("Phi's marks", "p.jsonl", rows(lambda n: {"text": f"<|user|>\n{ASKED[n]}<|end|>\n<|assistant|>\n{TOLD[n]}<|end|>"}), "conversation", 8, FIRST),
    Case("marks of human and bot", "b.jsonl", rows(lambda n: {"text": f"<human>: {ASKED[n]}\n<bot>: {TOLD[n]}"}), "conversation", 8, FIRST),
    Case("conversations that begin with the assistant", "a.jsonl", rows(lambda n: {"messages": [{"role": "assistant", "content": TOLD[n]}, *chat(ASKED[n], WORSE[n])]}), "refuse", says="not the user's"),
    # ------------------------------------------------------------ judged answers
    Case("LMSYS: lists of turns, a column for each winner", "l.csv",
         sheet("id", "model_a", "model_b", "prompt", "response_a", "response_b", "winner_model_a", "winner_model_b", "winner_tie",
               cells=lambda n: [n, "gpt-4", "koala", *(json.dumps([one[n]]) for one in (ASKED, TOLD, WORSE)), 1 - n % 2, n % 2, 0]), "preference", 8, PREFERRED),
    Case("Stanford's human preferences", "s.jsonl",
         rows(lambda n: {"post_id": "x", "domain": "cooking", "history": ASKED[n], "human_ref_A": TOLD[n], "human_ref_B": WORSE[n], "labels": 1, "score_A": 5, "score_B": 1}), "preference", 8, PREFERRED),
    Case("a mix of sets, named by a source", "o.jsonl", rows(lambda n: {"source": "Airoboros", "chosen": chat(ASKED[n], TOLD[n]), "rejected": chat(ASKED[n], WORSE[n])}), "preference", 8, PREFERRED),
    Case("HelpSteer3: two answers, a signed number", "h.jsonl", rows(lambda n: {"context": chat(ASKED[n]), "response1": TOLD[n], "response2": WORSE[n], "overall_preference": 1 - n % 4}), "ask"),
    Case("was this helpful?", "f.csv", sheet("Question", "Bot answer", "Was this helpful?", cells=lambda n: [ASKED[n], TOLD[n], ["Yes", "No"][n % 2]]),
         "feedback", 8, ([("user", ASKED[0])], [("assistant", TOLD[0])], True)),
    Case("answers that are right or wrong", "f.csv", sheet("question", "model_answer", "is_correct", cells=lambda n: [ASKED[n], TOLD[n], n % 2 == 0]), "feedback", 8, None),
    Case("better and worse answers to nothing", "c.csv", sheet("chosen", "rejected", cells=lambda n: [TOLD[n], WORSE[n]]), "refuse", says="prompt"),
    # ------------------------------------------------------------ services and Kaggle
    Case("Zendesk's tickets", "t.csv", sheet("Id", "Subject", "Description", "Status", "Requester", "Solution", cells=lambda n: [n, f"Help {n}", SAYS[n], "Solved", "Ann Berg", f"Fixed: {TOLD[n]}"]), "ask"),
    Case("Stack Overflow's questions", "q.csv", sheet("Id", "Score", "Title", "Body", cells=lambda n: [n, n, ASKED[n], f"<p>{LONG[n]}</p>"]), "ask"),
    Case("tweets and what they reply to", "t.csv", sheet("tweet_id", "author_id", "inbound", "text", "in_response_to_tweet_id", cells=lambda n: [n, "shop", n % 2 == 0, SAYS[n], n - 1]), "ask"),
    Case("Quora's pairs of questions", "q.csv", sheet("id", "question1", "question2", "is_duplicate", cells=lambda n: [n, ASKED[n], ASKED[n - 1], n % 2]), "ask"),
    Case("questions and answers, a row each", "f.csv", sheet("faq", cells=lambda n: [f"Q: {ASKED[n // 2]}" if n % 2 == 0 else f"A: {TOLD[n // 2]}"]), "ask"),
    # ------------------------------------------------------------ marks, labels, languages
    Case("marks in a text", "n.jsonl", rows(lambda n: {"id": n, "text": SAYS[n], "label": [[0, 2, "PER"]]}), "ask"),
    Case("entities in a text", "n.jsonl", rows(lambda n: {"text": SAYS[n], "entities": [[0, 2, "PER"]]}), "ask"),
    Case("words with their tags", "n.jsonl", rows(lambda n: {"tokens": SAYS[n].split(), "ner_tags": [0] * len(SAYS[n].split())}), "refuse"),
    Case("several labels of a text", "l.jsonl", rows(lambda n: {"text": SAYS[n], "labels": ["a", "b"]}), "ask"),
    Case("OPUS: translations as objects", "o.jsonl", rows(lambda n: {"translation": {"en": SAYS[n], "fr": f"C'est la vie {n}."}}), "refuse", says="'en', 'fr'"),
    Case("Chinese, with a category", "zh.csv", sheet("编号", "类别", "提问", "回答", cells=lambda n: [n, "科学", f"第{n}个是什么？", f"这是第{n}个。"]), "conversation", 8, said("第0个是什么？", "这是第0个。")),
    Case("a German export with a title line", "faq.csv", b"FAQ 2026;;\n" + sheet("Nr.", "Frage", "Antwort", cells=lambda n: [n + 1, f"Wie lange dauert es ({n})?", f"Etwa {n} Tage."], delimiter=";"),
         "conversation", 8, said("Wie lange dauert es (0)?", "Etwa 0 Tage.")),
    Case("French, by message and reply", "fr.csv", sheet("Objet", "Message du client", "Réponse du service", cells=lambda n: [f"Colis {n}", f"Mon colis {n} n'est pas là.", f"Nous le cherchons, dossier {n}."]),
         "conversation", 8, said("Mon colis 0 n'est pas là.", "Nous le cherchons, dossier 0.")),
]
