"""Questions and answers, under whatever names."""

# fmt: off
import json

from tests.functions.corpus.case import Case, array, jsonl, said, table

ASKED = ["Do you ship to Norway?", "How long is the warranty?", "Can I pay by invoice?", "Where is my parcel?"]
TOLD = [
    "Yes. Parcels to Norway take four to six days.",
    "It is two years from the day you bought it.",
    "Companies can, up to 500 euros an order.",
    "Please send us the number that starts with JN.",
]
FRAGEN = ["Wann öffnet der Laden?", "Gibt es Ersatzteile?", "Kann ich umtauschen?", "Was kostet der Versand?"]
ANTWORTEN = [
    "Montags bis samstags von neun bis achtzehn Uhr.",
    "Ja, die meisten liegen am Lager und sind in zwei Tagen bei Ihnen.",
    "Innerhalb von dreißig Tagen, mit dem Beleg.",
    "Innerhalb Deutschlands vier Euro neunzig, ab fünfzig Euro nichts.",
]
FIRST = said(ASKED[0], TOLD[0])
ERSTE = said(FRAGEN[0], ANTWORTEN[0])


def pair(asks: str, answers: str, german: bool = False, **beside: str) -> list[list[str]]:
    """A table of two columns, and others that hold the same text in each row."""
    asked, told = (FRAGEN, ANTWORTEN) if german else (ASKED, TOLD)
    rows = [[*beside.values(), *row] for row in zip(asked, told, strict=True)]
    return [[*beside, asks, answers], *rows]


def named(asks: str, answers: str, about: str = "") -> Case:
    return Case(about or f"{asks} and {answers}", "pairs.csv", table(pair(asks, answers)), "conversation", 4, FIRST)


CASES = [
    *(
        named(*both)
        for both in [
            ("question", "answer"), ("Question", "Answer"), ("QUESTION", "ANSWER"), ("prompt", "completion"),
            ("prompt", "response"), ("prompt", "generation"), ("prompt", "answer"), ("input", "output"),
            ("query", "response"), ("source", "target"), ("inputs", "targets"), ("input_text", "output_text"),
            ("message", "reply"), ("instruction", "response"), ("INSTRUCTION", "RESPONSE"), ("Q", "A"),
            ("user", "assistant"), ("human", "gpt"), ("Customer question", "Agent reply"), ("customer_message", "agent_response"),
            ("message_1", "message_2"), ("ticket", "resolution"), ("problem", "solution text"),
        ]
    ),
    *(
        Case(f"{asks} and {answers}", "paare.csv", table(pair(asks, answers, german=True)), "conversation", 4, ERSTE)
        for asks, answers in [("Frage", "Antwort"), ("Anfrage des Kunden", "Unsere Antwort"), ("frage", "antwort")]
    ),
    Case("French", "fr.csv", table(pair("Question du client", "Réponse")), "conversation", 4, FIRST),
    Case("Spanish", "es.csv", table(pair("pregunta", "respuesta")), "conversation", 4, FIRST),
    Case("Italian", "it.csv", table(pair("domanda", "risposta")), "conversation", 4, FIRST),
    Case("Portuguese", "pt.csv", table(pair("pergunta", "resposta")), "conversation", 4, FIRST),
    Case("Polish", "pl.csv", table(pair("pytanie", "odpowiedź")), "conversation", 4, FIRST),
    Case("Russian", "ru.csv", table(pair("вопрос", "ответ")), "conversation", 4, FIRST),
    Case("Chinese", "zh.csv", table(pair("问题", "答案")), "conversation", 4, FIRST),
    Case("Japanese", "ja.csv", table(pair("質問", "回答")), "conversation", 4, FIRST),
    Case("Korean", "ko.csv", table(pair("질문", "답변")), "conversation", 4, FIRST),
    Case("Arabic", "ar.csv", table(pair("سؤال", "جواب")), "conversation", 4, FIRST),
    Case("Hindi", "hi.csv", table(pair("प्रश्न", "उत्तर")), "conversation", 4, FIRST),
    Case("Turkish", "tr.csv", table(pair("soru", "cevap")), "conversation", 4, FIRST),
    Case("names that say nothing, contents that do", "ab.csv", table(pair("a", "b")), "conversation", 4, FIRST),
    Case("columns 1 and 2", "c.csv", table(pair("column_1", "column_2", german=True)), "conversation", 4, ERSTE),
    Case("answers first", "swapped.csv", table([["answer", "question"], *([t, a] for a, t in zip(ASKED, TOLD, strict=True))]),
         "conversation", 4, FIRST),
    Case("ids and dates beside", "meta.csv",
         table([["id", "created_at", "question", "answer", "score", "source"],
                *([str(n), f"2026-11-0{n + 1}", ASKED[n], TOLD[n], "0.9", "web"] for n in range(4))]),
         "conversation", 4, FIRST),
    Case("Alpaca", "alpaca.json",
         array({"instruction": "Translate.", "input": "Hund", "output": "dog"}, {"instruction": "Greet.", "input": "", "output": "Hi"}),
         "conversation", 2, said("Translate.\nHund", "dog")),
    Case("Alpaca without inputs", "alpaca.jsonl", jsonl({"instruction": "Greet.", "output": "Hi"}, {"instruction": "Leave.", "output": "Bye"}),
         "conversation", 2, said("Greet.", "Hi")),
    Case("Alpaca that says response", "alpaca.csv",
         table([["instruction", "input", "response"], ["Translate.", "Hund", "dog"], ["Greet.", "", "Hi"]]),
         "conversation", 2, said("Translate.\nHund", "dog")),
    Case("Alpaca beside its rendered text", "alpaca.jsonl",
         jsonl({"instruction": "Greet.", "input": "", "output": "Hi", "text": "### Instruction:\nGreet.\n### Response:\nHi"},
               {"instruction": "Leave.", "input": "", "output": "Bye", "text": "### Instruction:\nLeave.\n### Response:\nBye"}),
         "conversation", 2, None),
    Case("Alpaca with a system column", "alpaca.jsonl",
         jsonl({"system": "Be brief.", "instruction": "Greet.", "input": "", "output": "Hi"}), "conversation", 1,
         [("system", "Be brief."), ("user", None), ("assistant", "Hi")]),
    Case("prompt and completion as message lists", "p.jsonl",
         jsonl({"prompt": [{"role": "user", "content": ASKED[0]}], "completion": [{"role": "assistant", "content": TOLD[0]}]}),
         "conversation", 1, FIRST),
    Case("a question about a context", "qa.csv",
         table([["context", "question", "answer"], ["The shop opens at nine.", "When does it open?", "At nine."],
                ["The shop sells lamps.", "What does it sell?", "Lamps."]]),
         "conversation", 2, None),
    Case("SQuAD", "squad.jsonl",
         jsonl({"id": "1", "title": "Shop", "context": "It opens at nine.", "question": "When?", "answers": {"text": ["At nine."], "answer_start": [9]}},
               {"id": "2", "title": "Shop", "context": "It sells lamps.", "question": "What?", "answers": {"text": ["Lamps."], "answer_start": [9]}}),
         "conversation", 2, None),
    Case("several choices", "quiz.jsonl",
         jsonl({"question": "2 + 2?", "choices": ["3", "4", "5"], "answer": 1}, {"question": "3 + 3?", "choices": ["6", "7", "8"], "answer": 0}),
         "conversation", 2, None),
    Case("an article and its summary", "s.csv",
         table([["article", "highlights"], ["A long article about lamps and light.", "Lamps."], ["Another one, about ships at sea.", "Ships."]]),
         "conversation", 2, None),
    Case("a document and its summary", "s.jsonl",
         jsonl({"document": "A long article about lamps and light.", "summary": "Lamps."}, {"document": "Another one, on ships.", "summary": "Ships."}),
         "conversation", 2, None),
    Case("semicolons", "de.csv", table(pair("Frage", "Antwort", german=True), ";"), "conversation", 4, ERSTE),
    Case("tabs", "t.tsv", table(pair("question", "answer"), "\t"), "conversation", 4, FIRST),
    Case("bars", "b.csv", table(pair("question", "answer"), "|"), "conversation", 4, FIRST),
    Case("Excel's UTF-16", "excel.csv", table(pair("Frage", "Antwort", german=True), "\t", "utf-16"), "conversation", 4, ERSTE),
    Case("cp1252", "alt.csv", table(pair("Frage", "Antwort", german=True), ";", "cp1252"), "conversation", 4, ERSTE),
    Case("a BOM", "bom.csv", table(pair("question", "answer"), ",", "utf-8-sig"), "conversation", 4, FIRST),
    Case("Windows' line ends", "w.csv", table(pair("question", "answer"), end="\r\n"), "conversation", 4, FIRST),
    Case("old Macs' line ends", "m.csv", table(pair("question", "answer"), end="\r"), "conversation", 4, FIRST),
    Case("no header at all", "n.csv", table(pair("x", "y")[1:]), "conversation", 4, FIRST),
    Case("a JSON array in a .jsonl", "a.jsonl", array({"question": ASKED[0], "answer": TOLD[0]}), "conversation", 1, FIRST),
    Case("an object of columns", "o.json", json.dumps({"question": ASKED, "answer": TOLD}).encode(), "conversation", 4, FIRST),
    Case("an array of arrays", "aa.json", json.dumps([["question", "answer"], *map(list, zip(ASKED, TOLD, strict=True))]).encode(),
         "conversation", 4, FIRST),
    Case("numbers stay as written", "n.csv", table([["question", "answer"], ["Which agent?", "007"], ["How much?", "1e5"], ["Which value?", "NA"]]),
         "conversation", 3, said("Which agent?", "007")),
    Case("numbers of JSON stay as written", "n.jsonl", b'{"question": "How much?", "answer": 1.50}\n{"question": "How many?", "answer": 2}\n',
         "conversation", 2, said("How much?", "1.50")),
    Case("a text and its category", "labels.csv",
         table([["text", "label"], *([f"{ASKED[n % 4]} Order {n}, please tell me.", ["shipping", "warranty", "payment", "tracking"][n % 4]] for n in range(40))]),
         "conversation", 40, said(f"{ASKED[0]} Order 0, please tell me.", "shipping")),
    Case("columns named by the person", "x.csv", table(pair("col_a", "col_b", note="x")), "conversation", 4, FIRST,
         settings={"data.columns.question": "col_a", "data.columns.answer": "col_b"}),
    Case("one column named by the person", "x.csv", table(pair("question", "col_b")), "conversation", 4, FIRST,
         settings={"data.columns.answer": "col_b"}),
    Case("a template", "x.csv", table([["number", "what", "reply"], ["7", "Where is it?", "In Oslo."]]), "conversation", 1,
         said("Order 7: Where is it?", "In Oslo."),
         settings={"data.template.question": "Order {number}: {what}", "data.template.answer": "{reply}"}),
    Case("LLaMA-Factory's dataset_info.json", "mine.json", array({"q": ASKED[0], "a": TOLD[0]}, {"q": ASKED[1], "a": TOLD[1]}),
         "conversation", 2, FIRST,
         beside={"dataset_info.json": json.dumps({"mine": {"file_name": "mine.json", "columns": {"prompt": "q", "response": "a"}}})}),
]
