"""Prompts to be graded, plain texts, judged steps, and containers of any of these."""

# fmt: off
import gzip
import io
import json
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq

from tests.functions.corpus.case import Case, chat, jsonl, said, table

ASKED = ["Do you ship to Norway?", "How long is the warranty?", "Can I pay by invoice?"]
TOLD = ["Yes, in four to six days.", "It is two years from the day of purchase.", "Companies can, up to 500 euros."]
FIRST = said(ASKED[0], TOLD[0])
PAIRS = {"question": ASKED, "answer": TOLD}
ROWS = [["question", "answer"], *map(list, zip(ASKED, TOLD, strict=True))]
POEM = "The lamp is lit.\nThe ship is late.\n\nNobody waits."


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", ".").replace("___", "/"), data)
    return out.getvalue()


def parquet(columns: dict) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


def feather(columns: dict) -> bytes:
    out = io.BytesIO()
    pyarrow.feather.write_feather(pa.table(columns), out)
    return out.getvalue()


def arrow_stream(columns: dict) -> bytes:
    out = io.BytesIO()
    found = pa.table(columns)
    with pa.ipc.new_stream(out, found.schema) as writer:
        writer.write_table(found)
    return out.getvalue()


def workbook(suffix: str, sheets: dict[str, list[list]]) -> bytes:
    out = io.BytesIO()
    with pd.ExcelWriter(out, engine={"xlsx": "openpyxl", "ods": "odf"}[suffix]) as writer:
        for name, rows in sheets.items():
            pd.DataFrame(rows[1:], columns=rows[0]).to_excel(writer, sheet_name=name, index=False)
    return out.getvalue()


CASES = [
    # ------------------------------------------------------------ prompts
    Case("a prompt and its ground truth", "rl.jsonl", jsonl({"prompt": "2 + 2?", "ground_truth": "4"}, {"prompt": "3 + 3?", "ground_truth": "6"}),
         "prompts", 2, ([("user", "2 + 2?")], {"ground_truth": "4"})),
    Case("a problem and its boxed solution", "rl.jsonl", jsonl({"problem": "What is 2 + 2?", "solution": "Add them: \\boxed{4}", "level": "1"},
                                                               {"problem": "What is 3 + 3?", "solution": "Add them: \\boxed{6}", "level": "1"}),
         "prompts", 2, None),
    Case("messages that end in the person's turn, and a key to grade by", "rft.jsonl",
         jsonl({"messages": chat("2 + 2?"), "reference_answer": "4"}, {"messages": chat("3 + 3?"), "reference_answer": "6"}),
         "prompts", 2, ([("user", "2 + 2?")], {"reference_answer": "4"})),
    Case("prompts alone", "p.jsonl", jsonl({"prompt": "Write a poem on lamps."}, {"prompt": "Write a poem on ships."}), "prompts", 2,
         ([("user", "Write a poem on lamps.")], {})),
    Case("prompts of message lists", "p.jsonl", jsonl({"prompt": chat("2 + 2?"), "answer": "4"}, {"prompt": chat("3 + 3?"), "answer": "6"}), "prompts", 2, None),
    # ------------------------------------------------------------ texts
    Case("texts, one a line of JSON", "t.jsonl", jsonl({"text": POEM}, {"text": "Another poem, on ships and the sea."}), "text", 2, POEM),
    Case("texts in a CSV with an id", "t.csv", table([["id", "text"], ["1", POEM], ["2", "Another poem, on ships and the sea."]]), "text", 2, POEM),
    Case("a column called content", "t.jsonl", jsonl({"content": POEM, "url": "https://a.example/1"}, {"content": "Another, on ships.", "url": "https://a.example/2"}),
         "text", 2, POEM),
    Case("a text file", "poem.txt", POEM.encode(), "text", 1, POEM),
    Case("a Markdown file", "readme.md", b"# Lamps\n\nA lamp gives light.\n", "text", 1, "# Lamps\n\nA lamp gives light.\n"),
    Case("learned and unlearned segments", "s.jsonl",
         jsonl({"segments": [{"label": False, "text": "Q: 2 + 2? A: "}, {"label": True, "text": "4"}]}), "text", 1, "Q: 2 + 2? A: 4"),
    # ------------------------------------------------------------ judged steps
    Case("judged steps", "prm.jsonl", jsonl({"prompt": "2 + 2 + 2?", "completions": ["2 + 2 is 4.", "4 + 2 is 7."], "labels": [True, False]}),
         "stepwise", 1, None),
    Case("judged steps, several rows", "prm.jsonl",
         jsonl({"prompt": "1 + 1?", "completions": ["It is 2."], "labels": [True]}, {"prompt": "2 + 2?", "completions": ["It is 5."], "labels": [False]}),
         "stepwise", 2, None),
    # ------------------------------------------------------------ containers
    Case("Parquet", "a.parquet", parquet(PAIRS), "conversation", 3, FIRST),
    Case("Parquet without its name", "data", parquet(PAIRS), "conversation", 3, FIRST),
    Case("Parquet of message lists", "m.parquet", parquet({"messages": [chat(*TOLD[:2]), chat(*TOLD[1:])]}), "conversation", 2, said(*TOLD[:2])),
    Case("Parquet with numbers", "n.parquet", parquet({"question": ASKED, "answer": [7, 1_000_000, 3]}), "conversation", 3, said(ASKED[0], "7")),
    Case("Feather", "a.feather", feather(PAIRS), "conversation", 3, FIRST),
    Case("an Arrow stream", "a.arrow", arrow_stream(PAIRS), "conversation", 3, FIRST),
    Case("Excel", "a.xlsx", workbook("xlsx", {"Sheet1": ROWS}), "conversation", 3, FIRST),
    Case("Excel: numbers as shown", "n.xlsx", workbook("xlsx", {"S": [["question", "answer"], ["Which?", 7], ["What?", 12]]}), "conversation", 2, said("Which?", "7")),
    Case("Excel with two like sheets", "two.xlsx", workbook("xlsx", {"A": ROWS[:3], "B": [ROWS[0], ROWS[3]]}), "conversation", 3, FIRST),
    Case("Excel, a sheet named", "two.xlsx", workbook("xlsx", {"Notes": [["x"], ["y"]], "Data": ROWS}), "conversation", 3, FIRST, settings={"data.sheet": "Data"}),
    Case("OpenDocument", "a.ods", workbook("ods", {"Sheet1": ROWS}), "conversation", 3, FIRST),
    Case("gzip", "a.csv.gz", gzip.compress(table(ROWS)), "conversation", 3, FIRST),
    Case("a gzip that says nothing of itself", "a.gz", gzip.compress(jsonl({"question": ASKED[0], "answer": TOLD[0]})), "conversation", 1, FIRST),
    Case("a zip of one CSV", "a.zip", zipped(a__csv=table(ROWS)), "conversation", 3, FIRST),
    Case("a zip of two", "a.zip", zipped(a__csv=table(ROWS[:3]), b__jsonl=jsonl({"question": ASKED[2], "answer": TOLD[2]})), "conversation", 3, FIRST),
    Case("a zip of texts", "t.zip", zipped(a__txt=POEM.encode(), b__txt=b"Another poem, on ships."), "text", 2, POEM),
    Case("JSON under two keys", "n.json", json.dumps({"version": 1, "rows": [{"question": ASKED[0], "answer": TOLD[0]}]}).encode(), "conversation", 1, FIRST),
    Case("SQuAD's own nest", "squad.json",
         json.dumps({"version": "1.1", "data": [{"title": "Shop", "paragraphs": [{"context": "It opens at nine.", "qas": [
             {"id": "1", "question": "When does it open?", "answers": [{"text": "at nine", "answer_start": 9}]}]}]}]}).encode(),
         "conversation", 1, None),
    Case("objects written one after another", "c.json", b'{"question": "Why?",\n "answer": "Because."}\n{"question": "How?",\n "answer": "So."}\n',
         "conversation", 2, said("Why?", "Because.")),
    Case("a JSON file that is JSONL", "x.json", jsonl({"question": ASKED[0], "answer": TOLD[0]}, {"question": ASKED[1], "answer": TOLD[1]}), "conversation", 2, FIRST),
    Case("a text file that is CSV", "x.txt", table(ROWS), "conversation", 3, FIRST),
    Case("the file's own split", "s.csv", table([[*ROWS[0], "split"], [*ROWS[1], "train"], [*ROWS[2], "test"], [*ROWS[3], "train"]]), "conversation", 3, FIRST),
]
