"""What nobody can know and has to be asked, and what cannot be used at all."""

# fmt: off
import gzip
import io
import json
import pickle
import zipfile

from tests.functions.corpus.case import Case, chat, jsonl, said, table

ASKED = ["Do you ship to Norway?", "How long is the warranty?", "Can I pay by invoice?", "Where is my parcel?"]
TOLD = ["Yes, in four to six days.", "It is two years from purchase.", "Companies can, up to 500 euros.", "Please send its number."]
OTHER = ["Yes, in a week or so.", "Two years, as the law says.", "No, only by card.", "At the depot in Oslo."]


def columns(**named: list[str]) -> bytes:
    return table([list(named), *map(list, zip(*named.values(), strict=True))])


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, columns(question=ASKED, answer=TOLD))
    return out.getvalue()


CASES = [
    Case("two answers", "two.csv", columns(question=ASKED, answer=TOLD, reply=OTHER), "ask", says="data.columns.answer"),
    Case("two pairs", "two.csv", columns(question=ASKED, answer=TOLD, prompt=OTHER, completion=TOLD), "ask", says="data.columns"),
    Case("prompt, response and completion", "two.jsonl", jsonl(*({"prompt": a, "response": t, "completion": o} for a, t, o in zip(ASKED, TOLD, OTHER, strict=True))),
         "ask", says="data.columns.answer"),
    Case("two columns of like texts, no names", "ab.csv", columns(a=TOLD, b=OTHER), "ask", says="data.columns"),
    Case("three columns that say nothing", "abc.csv", columns(x=TOLD, y=OTHER, z=TOLD[::-1]), "ask", says="data.columns"),
    Case("two languages side by side", "lang.csv", columns(english=TOLD, german=["Ja, vier bis sechs Tage.", "Zwei Jahre ab Kauf.", "Firmen ja, bis 500 Euro.", "Schicken Sie die Nummer."]),
         "ask", says="data.columns"),
    Case("a comment and a note", "n.csv", columns(comment=TOLD, note=OTHER), "ask", says="data.columns"),
    Case("two questions, one answer", "q.csv", columns(question=ASKED, query=OTHER, answer=TOLD), "ask", says="data.columns.question"),
    # ------------------------------------------------------------ cannot be used
    Case("nothing", "e.csv", b"", "refuse", says="empty"),
    Case("white space", "e.csv", b" \n\n\t\n", "refuse", says="empty"),
    Case("a header alone", "h.csv", b"question,answer\n", "refuse"),
    Case("an empty array", "e.json", b"[]", "refuse"),
    Case("numbers alone", "n.csv", columns(height=["1.7", "1.8", "1.6", "1.9"], weight=["60", "70", "55", "80"]), "refuse"),
    Case("every answer empty", "e.csv", columns(question=ASKED, answer=["", " ", "", ""]), "refuse"),
    Case("token ids", "t.jsonl", jsonl({"input_ids": [1, 2, 3], "attention_mask": [1, 1, 1], "labels": [1, 2, 3]}), "refuse", says="token"),
    Case("a PDF", "a.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "refuse", says="PDF"),
    Case("a PNG alone", "a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "refuse"),
    Case("a pickle", "a.pkl", pickle.dumps({"question": ASKED, "answer": TOLD}), "refuse"),
    Case("a PyTorch file", "a.pt", pickle.dumps([1, 2, 3], protocol=2), "refuse"),
    Case("an SQLite database", "a.db", b"SQLite format 3\0" + b"\0" * 100, "refuse"),
    Case("a web page", "a.html", b"<!DOCTYPE html>\n<html><body><p>Hello</p></body></html>", "refuse", says="HTML"),
    Case("an old Word file", "a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "refuse"),
    Case("a recording", "a.wav", b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 20, "refuse"),
    Case("a zip in a zip", "z.zip", zipped("inner.zip"), "refuse"),
    Case("a zip of nothing that is read", "z.zip", zipped("a.exe"), "refuse"),
    Case("a broken gzip", "a.csv.gz", gzip.compress(columns(question=ASKED, answer=TOLD))[:-20], "refuse"),
    Case("a broken Parquet file", "a.parquet", b"PAR1" + b"\0" * 30, "refuse", says="Parquet"),
    Case("a JSON array that breaks off", "a.json", json.dumps([{"question": ASKED[0], "answer": TOLD[0]}]).encode()[:-5], "refuse"),
    Case("a quote that is never closed costs its line", "q.csv", b'question,answer\nWhy?,"Because\nHow?,So\n', "conversation", 1, said("How?", "So"), dropped=1),
    Case("a quote that swallows the rest", "q.csv", b'question,answer\nWhy?,"Because\nof this\nand that\n', "refuse", says="q.csv:2"),
    Case("a column that is not there", "x.csv", columns(question=ASKED, answer=TOLD), "refuse", settings={"data.columns.answer": "anwser"}, says="answer"),
    Case("a template of a column that is not there", "x.csv", columns(question=ASKED, answer=TOLD), "refuse",
         settings={"data.template.question": "{qestion}", "data.template.answer": "{answer}"}, says="question"),
    Case("a sheet that is not there", "x.csv", columns(question=ASKED, answer=TOLD), "refuse", settings={"data.sheet": "Data"}),
    Case("two kinds mixed half and half", "mix.jsonl",
         jsonl(*({"prompt": a, "chosen": t, "rejected": o} for a, t, o in zip(ASKED, TOLD, OTHER, strict=True)),
               *({"messages": chat(a, t)} for a, t in zip(ASKED, TOLD, strict=True))), "refuse"),
    Case("images from the web", "i.jsonl",
         jsonl({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://a.example/cat.png"}}, {"type": "text", "text": "What?"}]},
                             {"role": "assistant", "content": "A cat."}]}), "refuse", says="http"),
    Case("audio", "s.jsonl", jsonl({"audio": {"path": "a.wav", "bytes": None}, "text": "Hello."}), "refuse"),
    Case("every conversation ends in a question", "u.jsonl", jsonl({"messages": chat("Why?")}, {"messages": chat("Why?", "So.", "How?")}), "prompts"),
]
