"""Files that are not read: what they are, and what to do instead."""

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final

from schemas.errors import BadInput, Fault

READABLE: Final = (
    "Jinko reads CSV, TSV, JSON, JSONL, Parquet, Arrow, Excel, OpenDocument sheets, text and Markdown, "
    "and ZIP, gzip and Zstandard files of these."
)
EXPORT: Final = "Save its text as .txt, or its questions and answers as a table (CSV or Excel)."
TABLE: Final = "Export the table as CSV, JSONL or Parquet."
UNPACK: Final = "Unpack it, and drop the files or a ZIP of them."
WEIGHTS: Final = "It is never opened. Drop the data itself, as CSV, JSONL or Parquet."
MEDIA: Final = "Drop a ZIP of images with their captions; sound and film cannot be trained on."
PICTURES: Final = (
    "Drop a ZIP of images with captions: metadata.csv with a column file_name, or a .txt beside each."
)

# How files start that people drop and nobody can train on as they are.
SIGNATURES: Final[tuple[tuple[bytes, str, str], ...]] = (
    (b"%PDF", "a PDF", EXPORT),
    (b"{\\rtf", "a Rich Text file", EXPORT),
    (b"BZh", "a bzip2 file", UNPACK),
    (b"\xfd7zXZ", "an xz file", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip file", UNPACK),
    (b"Rar!", "a RAR file", UNPACK),
    (b"SQLite format 3\0", "an SQLite database", TABLE),
    (b"\x89HDF", "an HDF5 file", TABLE),
    (b"\x93NUMPY", "a NumPy file", TABLE),
    (b"Obj\x01", "an Avro file", TABLE),
    (b"ORC", "an ORC file", TABLE),
    (b"FEA1", "a Feather file of the old kind", "Save it as Parquet, or as Feather of version 2."),
    (b"GGUF", "a model's weights", WEIGHTS),
    (b"\x89PNG", "a PNG picture", PICTURES),
    (b"\xff\xd8\xff", "a JPEG picture", PICTURES),
    (b"GIF8", "a GIF picture", PICTURES),
    (b"II*\0", "a TIFF picture", PICTURES),
    (b"MM\0*", "a TIFF picture", PICTURES),
    (b"RIFF", "a picture, sound or film", MEDIA),
    (b"ID3", "a sound file", MEDIA),
    (b"OggS", "a sound file", MEDIA),
    (b"fLaC", "a sound file", MEDIA),
    (b"\x1aE\xdf\xa3", "a film", MEDIA),
    (b"\x7fELF", "a program (a binary file)", READABLE),
    (b"MZ\x90", "a program (a binary file)", READABLE),
    (b"\x80\x02", "a Python pickle", WEIGHTS),
    (b"\x80\x03", "a Python pickle", WEIGHTS),
    (b"\x80\x04", "a Python pickle", WEIGHTS),
    (b"\x80\x05", "a Python pickle", WEIGHTS),
)
# Files known by their names: never opened, whatever is in them.
NAMED: Final[dict[str, tuple[str, str]]] = {
    ".pkl": ("a Python pickle", WEIGHTS), ".pickle": ("a Python pickle", WEIGHTS),
    ".pt": ("a PyTorch file", WEIGHTS), ".pth": ("a PyTorch file", WEIGHTS),
    ".bin": ("a binary file", WEIGHTS), ".ckpt": ("a model's weights", WEIGHTS),
    ".joblib": ("a Python pickle", WEIGHTS), ".safetensors": ("a model's weights", WEIGHTS),
    ".gguf": ("a model's weights", WEIGHTS), ".npz": ("a NumPy file", TABLE),
    ".doc": ("a Word file", EXPORT), ".docx": ("a Word file", EXPORT), ".odt": ("a text document", EXPORT),
    ".pptx": ("a presentation", EXPORT), ".ppt": ("a presentation", EXPORT), ".epub": ("a book", EXPORT),
    ".html": ("a web page", EXPORT), ".htm": ("a web page", EXPORT), ".xml": ("an XML file", TABLE),
    ".tar": ("a tar archive", UNPACK), ".tgz": ("a tar archive", UNPACK), ".rar": ("a RAR file", UNPACK),
    ".7z": ("a 7-Zip file", UNPACK), ".msg": ("an e-mail", EXPORT), ".eml": ("an e-mail", EXPORT),
    ".svg": ("a drawing", PICTURES), ".mp3": ("a sound file", MEDIA), ".mp4": ("a film", MEDIA),
}  # fmt: skip
PACKED: Final = (".gz", ".zst", ".gzip")
TEXTS: Final = (".txt", ".text", ".md", ".markdown", ".rst", ".log", "")
TABLES: Final = (".csv", ".tsv", ".tab", ".psv", ".dat")
JSONS: Final = (".jsonl", ".ndjson", ".json")


def refused(place: str, finding: str, next_step: str) -> BadInput:
    """What is raised for a file, or a place in one, that cannot be used."""
    return BadInput(Fault(place=place, finding=finding, next_step=next_step))


def differ(place: str, columns: Sequence[str]) -> None:
    """Raise BadInput if two columns have the same name."""
    doubled = sorted(column for column, count in Counter(columns).items() if count > 1)
    if doubled:
        finding = f"Two columns have the same name: {', '.join(doubled[:10])}."
        raise refused(place, finding, "Give each column a name of its own.")


def suffix_of(name: str) -> str:
    """What a name ends with, in small letters; of a packed file, what the file in it ends with."""
    path = PurePosixPath(name)
    if path.suffix.lower() in PACKED:
        path = path.with_suffix("")
    return path.suffix.lower()


def refuse_by_name(name: str) -> None:
    """Raise BadInput for a file that is never opened, whatever is in it."""
    if suffix_of(name) in NAMED:
        what, step = NAMED[suffix_of(name)]
        raise refused(name, f"This is {what}.", step)


def refuse_by_start(name: str, head: bytes) -> None:
    """Raise BadInput for what no reader of ours knows, called by its name as far as it has one."""
    for start, what, step in SIGNATURES:
        if head.startswith(start):
            raise refused(name, f"This is {what}.", step)
    if head[4:8] == b"ftyp":
        raise refused(name, "This is a film or a sound file.", MEDIA)
    if head[257:262] == b"ustar":
        raise refused(name, "This is a tar archive.", UNPACK)
    start = head[:1000].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        raise refused(name, "This is a web page (HTML).", EXPORT)
    if start.startswith(b"<?xml"):
        raise refused(name, "This is an XML file.", TABLE)


def refuse_binary(name: str, text: bytes) -> None:
    """Raise BadInput for what is no text: `text` is its start as UTF-8."""
    part = text[:65536]
    controls = sum(part.count(code) for code in range(32) if code not in (9, 10, 12, 13, 27))
    if controls > 0.25 * len(part) > 0 or (
        b"\0" in part and controls > 0.02 * len(part) and not _is_text(part)
    ):
        raise refused(name, "This is a binary file, not text.", READABLE)


def _is_text(part: bytes) -> bool:
    try:
        part.decode()
    except UnicodeDecodeError as error:
        return len(part) - error.start < 4
    return True
