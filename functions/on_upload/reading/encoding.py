"""In which encoding a text is written, told by its bytes.

A file with some characters of UTF-8 stays UTF-8, whatever a few of its bytes are. Only where none of its
bytes beyond ASCII makes sense as UTF-8 is another encoding looked for, and believed only where what it reads
looks like writing. Not done: telling Latin-1 from Windows-1252, which reads the same letters and more.
"""

import re
from typing import Final, NamedTuple


class Encoding(NamedTuple):
    """Python's name of it, what people call it, and the mark at the file's start that is no text."""

    codec: str
    label: str
    mark: bytes = b""


UTF8: Final = Encoding("utf-8", "UTF-8")
MARKS: Final = (
    Encoding("utf-8", "UTF-8", b"\xef\xbb\xbf"),
    Encoding("utf-32-le", "UTF-32", b"\xff\xfe\0\0"),
    Encoding("utf-32-be", "UTF-32", b"\0\0\xfe\xff"),
    Encoding("utf-16-le", "UTF-16", b"\xff\xfe"),
    Encoding("utf-16-be", "UTF-16", b"\xfe\xff"),
)
LOOKED_AT: Final = 256 * 1024  # bytes around the first that are no UTF-8; guessing is slow

_MULTI: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH: Final = re.compile(rb"[\x80-\xff]")
# Letters and marks that Western European texts hold, as Windows-1252 and as Mac Roman write them.
_WESTERN: Final = frozenset(
    "äöüßÄÖÜéèêëÉÈÊàâáãåÀÂÁÃÅçÇñÑíìîïÍÎóòôõÓÔÕøØúùûÚÛœŒæÆ“”‘’„‚–—…€£§°«»¿¡´·•©®™½¼ºª²³\u00a0"
)
_PLACES: Final = frozenset("äöüßéèêëàâáãåçñíìîïóòôõøúùûœæÄÖÜÉÈÊÀÂÁÅÇÑÓØÚ")


def encoding_of(head: bytes) -> Encoding:
    """The encoding of a file that starts with these bytes; UTF-8 where nothing speaks for another."""
    for marked in MARKS:
        if head.startswith(marked.mark):
            return marked
    wide = _without_mark(head)
    if wide:
        return wide
    if _is_utf8(head):
        return Encoding("iso2022_jp", "ISO-2022-JP") if _is_jis(head) else UTF8
    rest = _MULTI.sub(b"", head)
    strange, sensible = len(_HIGH.findall(rest)), len(_MULTI.findall(head))
    if sensible > strange:
        return UTF8
    return _legacy(head) or UTF8


def _is_jis(head: bytes) -> bool:
    return b"\x1b$B" in head and b"\x1b(B" in head


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # The head may end in the middle of a character.
        return error.reason == "unexpected end of data" and len(head) - error.start < 4
    return True


def _without_mark(head: bytes) -> Encoding | None:
    """UTF-16 and UTF-32 without their mark: every second byte (three of four) of plain letters is zero."""
    part = head[:4096]
    even, odd = part[::2], part[1::2]
    if len(part) < 8 or not part.count(0):
        return None
    if part.count(0) > 0.7 * len(part):
        return Encoding("utf-32-le", "UTF-32") if part[0] else Encoding("utf-32-be", "UTF-32")
    if odd.count(0) > 0.4 * len(odd) and even.count(0) < 0.05 * len(even):
        return Encoding("utf-16-le", "UTF-16")
    if even.count(0) > 0.4 * len(even) and odd.count(0) < 0.05 * len(odd):
        return Encoding("utf-16-be", "UTF-16")
    return None


def _legacy(head: bytes) -> Encoding | None:
    first = _HIGH.search(head)
    start = max(first.start() - 1024, 0) if first else 0
    start = head.rfind(b"\n", 0, start) + 1
    part = head[start : start + LOOKED_AT]
    part = part[: part.rfind(b"\n") + 1] or part
    for codec, label in (("cp1252", "Windows-1252"), ("mac_roman", "Mac Roman")):
        if _is_western(part, codec):
            return Encoding(codec, label)
    return _guessed(part)


def _is_western(part: bytes, codec: str) -> bool:
    """Whether nearly every byte beyond ASCII is a letter in a word, or a mark that texts do hold."""
    text = part.decode(codec, "replace")
    high = [place for place, character in enumerate(text) if ord(character) > 127]
    known = [place for place in high if text[place] in _WESTERN]
    letters = sum(text[place] in _PLACES and _in_word(text, place) for place in high)
    return (len(known) >= 0.97 * len(high) and letters >= 0.6 * sum(text[p].isalpha() for p in high) > 0) or (
        len(known) == len(high) > 2 and not any(text[place].isalpha() for place in high)
    )


def _in_word(text: str, place: int) -> bool:
    around = text[max(place - 1, 0) : place] + text[place + 1 : place + 2]
    return any(character.isascii() and character.isalpha() for character in around)


def _guessed(part: bytes) -> Encoding | None:
    from charset_normalizer import from_bytes

    candidates = ["cp932", "gb18030", "big5", "euc_jp", "euc_kr", "cp1251", "koi8_r", "cp1250", "cp1253"]
    candidates += ["cp1254", "cp1255", "cp1256", "iso8859_2", "cp866", "mac_cyrillic", "cp1252", "mac_roman"]
    best = from_bytes(part, cp_isolation=candidates, threshold=0.3).best()
    if best is None or len(_HIGH.findall(part)) < 8:
        return None
    codec = "iso8859_2" if best.encoding == "cp1250" and _is_latin_2(part) else best.encoding
    return Encoding(codec, LABELS.get(codec, codec))


def _is_latin_2(part: bytes) -> bool:
    """Whether Central European text is in ISO 8859-2, whose š, ž, ą, ś and ź are other letters or signs in
    Windows-1250, and which has no mark where that has its quotes, š and ž."""
    if re.search(rb"[\x80-\x9f]", part):
        return False
    polish = re.search(rb"[a-z][\xb1\xb6\xbc]|[\xb1\xb6\xbc][a-z]", part)
    return bool(polish or (re.search(rb"[\xb9\xbe]", part) and re.search(rb"[\xec\xf8\xf9]", part)))


LABELS: Final = {
    "cp932": "Shift-JIS", "shift_jis": "Shift-JIS", "gb18030": "GB18030", "big5": "Big5",
    "euc_jp": "EUC-JP", "euc_kr": "EUC-KR", "cp1251": "Windows-1251", "koi8_r": "KOI8-R",
    "cp1250": "Windows-1250", "cp1253": "Windows-1253", "cp1254": "Windows-1254", "cp1255": "Windows-1255",
    "cp1256": "Windows-1256", "iso8859_2": "ISO 8859-2", "cp866": "DOS Cyrillic",
    "mac_cyrillic": "Mac Cyrillic", "cp1252": "Windows-1252", "mac_roman": "Mac Roman",
}  # fmt: skip
