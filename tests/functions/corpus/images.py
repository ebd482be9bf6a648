"""Rows with images: in parts, by placeholders, as bytes, beside the table in an archive."""

# fmt: off
import base64
import io
import json
import struct
import zipfile
import zlib

import pyarrow as pa
import pyarrow.parquet as pq

from tests.functions.corpus.case import Case, jsonl, said, table


def png(red: int, green: int, blue: int) -> bytes:
    """One pixel of a colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes([0, red, green, blue]))) + chunk(b"IEND", b"")


RED, BLUE = png(255, 0, 0), png(0, 0, 255)
INLINE = "data:image/png;base64," + base64.b64encode(RED).decode()
ANSWER = {"role": "assistant", "content": "Red."}
TALK = said("What colour?", "Red.")


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def parquet(columns: dict) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


CASES = [
    Case("OpenAI: an image as a data address", "v.jsonl",
         jsonl({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": INLINE}}, {"type": "text", "text": "What colour?"}]}, ANSWER]}),
         "conversation", 1, TALK, images=True),
    Case("a zip: parts and a list of names", "v.zip",
         zipped({"data.jsonl": jsonl({"messages": [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": "What colour?"}]}, ANSWER], "images": ["red.png"]}),
                 "red.png": RED}),
         "conversation", 1, TALK, images=True),
    Case("a zip: placeholders in the text", "v.zip",
         zipped({"data.json": json.dumps([{"messages": [{"role": "user", "content": "<image>What colour?"}, ANSWER], "images": ["images/red.png"]}]).encode(),
                 "images/red.png": RED}),
         "conversation", 1, TALK, images=True),
    Case("a zip: LLaVA's image key", "v.zip",
         zipped({"data.json": json.dumps([{"id": "1", "image": "red.png", "conversations": [{"from": "human", "value": "<image>\nWhat colour?"}, {"from": "gpt", "value": "Red."}]}]).encode(),
                 "red.png": RED}),
         "conversation", 1, None, images=True),
    Case("a zip: axolotl's parts", "v.zip",
         zipped({"data.jsonl": jsonl({"messages": [{"role": "user", "content": [{"type": "image", "path": "red.png"}, {"type": "text", "text": "What colour?"}]}, ANSWER]}), "red.png": RED}),
         "conversation", 1, TALK, images=True),
    Case("a zip: images and metadata.csv", "v.zip",
         zipped({"metadata.csv": table([["file_name", "text"], ["red.png", "A red dot."], ["blue.png", "A blue dot."]]), "red.png": RED, "blue.png": BLUE}),
         "conversation", 2, None, images=True),
    Case("a zip: images, each with a text of its name", "v.zip", zipped({"red.png": RED, "red.txt": b"A red dot.", "blue.png": BLUE, "blue.txt": b"A blue dot."}),
         "conversation", 2, None, images=True),
    Case("a zip: images and captions in JSONL", "v.zip",
         zipped({"metadata.jsonl": jsonl({"file_name": "red.png", "caption": "A red dot."}, {"file_name": "blue.png", "caption": "A blue dot."}), "red.png": RED, "blue.png": BLUE}),
         "conversation", 2, None, images=True),
    Case("Parquet: image bytes and a caption", "v.parquet",
         parquet({"image": [{"bytes": RED, "path": "red.png"}, {"bytes": BLUE, "path": "blue.png"}], "text": ["A red dot.", "A blue dot."]}),
         "conversation", 2, None, images=True),
    Case("Parquet: messages in parts and image bytes", "v.parquet",
         parquet({"messages": [[{"role": "user", "content": [{"type": "image", "text": None}, {"type": "text", "text": "What colour?"}]},
                                {"role": "assistant", "content": [{"type": "text", "text": "Red."}]}]],
                  "images": [[{"bytes": RED, "path": None}]]}),
         "conversation", 1, TALK, images=True),
    Case("a placeholder too many costs its row", "v.zip",
         zipped({"data.jsonl": jsonl({"messages": [{"role": "user", "content": "<image><image>What?"}, ANSWER], "images": ["red.png"]},
                                     {"messages": [{"role": "user", "content": "<image>What colour?"}, ANSWER], "images": ["red.png"]}), "red.png": RED}),
         "conversation", 1, TALK, images=True, dropped=1),
    Case("an image that is not there costs its row", "v.zip",
         zipped({"data.jsonl": jsonl({"messages": [{"role": "user", "content": "<image>What?"}, ANSWER], "images": ["green.png"]},
                                     {"messages": [{"role": "user", "content": "<image>What colour?"}, ANSWER], "images": ["red.png"]}), "red.png": RED}),
         "conversation", 1, TALK, images=True, dropped=1),
    Case("a preference about an image", "v.zip",
         zipped({"data.jsonl": jsonl({"prompt": "What colour?", "images": ["red.png"], "chosen": "Red.", "rejected": "Blue."}), "red.png": RED}),
         "preference", 1, ([("user", "What colour?")], [("assistant", "Red.")], [("assistant", "Blue.")]), images=True),
]
