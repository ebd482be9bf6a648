"""The content of one turn: a text, or a list of parts (texts, images, thoughts, calls, results)."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from functions.on_upload.meaning.calls import arguments_of, calls_of
from functions.on_upload.meaning.cells import is_empty, json_of, text_of
from functions.on_upload.meaning.pictures import not_images
from functions.on_upload.meaning.reading import Problem
from functions.on_upload.meaning.shown import ImagesOfRow, image_of
from functions.on_upload.reading.blocks import Attached
from schemas.samples import Part, ToolCall

PLACEHOLDER: Final = "<image>"
PARTS_STEP: Final = 'Write parts as {"type": "text", "text": …} or {"type": "image", …}.'
_SOUNDS: Final = ("audio", "video", "input_audio", "video_url", "audio_url", "file")
_IMAGE_KEYS: Final = ("image_url", "image", "url", "path", "base64", "source", "data")


class Pieces(NamedTuple):
    """What one turn says. `text` is all its texts; `parts` is empty where it shows no image.

    `results` are what tools answered: the tool's name (or its call's id), and the text.
    """

    text: str
    parts: tuple[Part, ...] = ()
    thinking: str = ""
    calls: tuple[ToolCall, ...] = ()
    results: tuple[tuple[str, str], ...] = ()


def with_images(value: object, images: ImagesOfRow) -> Pieces | Problem:
    """A turn's text; where the row has images, its `<image>` are the places where they stand."""
    if is_empty(value):
        return Pieces("")
    text = text_of("content", value)
    if isinstance(text, Problem):
        return text
    if not images.given or PLACEHOLDER not in text:
        return Pieces(text)
    parts: list[Part] = []
    for place, piece in enumerate(text.split(PLACEHOLDER)):
        if place:
            index = images.next()
            if isinstance(index, Problem):
                return index
            parts.append(Part(image=index))
        if piece:
            parts.append(Part(text=piece))
    return _shown(parts)


def pieces_of(
    value: list[Any] | Mapping[str, Any], attached: Attached, images: ImagesOfRow
) -> Pieces | Problem:
    """The parts of a turn, in order."""
    parts: list[Part] = []
    thinking = ""
    calls: tuple[ToolCall, ...] = ()
    results: tuple[tuple[str, str], ...] = ()
    for part in value if isinstance(value, list) else [value]:
        found = _piece(part, attached, images)
        if isinstance(found, Problem):
            return found
        if isinstance(found, Part):
            parts.append(found)
        else:
            parts += [Part(text=found.text)] if found.text else []
            parts += found.parts
            thinking += found.thinking
            calls += found.calls
            results += found.results
    return _shown(parts)._replace(thinking=thinking, calls=calls, results=results)


def _shown(parts: list[Part]) -> Pieces:
    text = "".join(part.text or "" for part in parts)
    shows = any(part.image is not None for part in parts)
    return Pieces(text if text.strip() else "", tuple(parts) if shows else ())


def _piece(part: object, attached: Attached, images: ImagesOfRow) -> Part | Pieces | Problem:
    if isinstance(part, str):
        return with_images(part, images)
    if not isinstance(part, Mapping):
        return Problem("A part of a turn is neither a text nor an object.", PARTS_STEP)
    kind = part.get("type") if isinstance(part.get("type"), str) else None
    if kind in _SOUNDS or any(not is_empty(part.get(key)) for key in _SOUNDS):
        return Problem("A turn has sound, a video or a file, which is not read.", "Leave the row out.")
    if kind in ("thinking", "reasoning"):
        return Pieces("", thinking=str(part.get("thinking") or part.get("text") or ""))
    if kind == "tool_use":
        calls = calls_of({key: part[key] for key in ("name", "input", "id") if key in part})
        return calls if isinstance(calls, Problem) else Pieces("", calls=calls)
    if kind == "tool_result":
        name = str(part.get("tool_use_id") or "")
        return Pieces("", results=((name, _result(part.get("content"))),))
    google = _google(part, attached, images)
    if google is not None:
        return google
    if kind in ("image", "image_url", "input_image") or (kind is None and _pictured(part)):
        return _image(part, attached, images)
    text = next((part[key] for key in ("text", "content") if isinstance(part.get(key), str)), None)
    if text is None or kind not in (None, "text", "input_text", "output_text"):
        shown = f" of type '{kind[:40]}'" if kind else ""
        return Problem(f"A part of a turn{shown} is not read.", PARTS_STEP)
    thought = part.get("thought") in (True, "true")
    return Pieces("", thinking=text) if thought else with_images(text, images)


def _google(
    part: Mapping[str, Any], attached: Attached, images: ImagesOfRow
) -> Part | Pieces | Problem | None:
    """Gemini's parts, in both of its spellings; None for a part of another kind."""
    for key in ("functionCall", "function_call"):
        if isinstance(part.get(key), Mapping):
            calls = calls_of(part[key])
            return calls if isinstance(calls, Problem) else Pieces("", calls=calls)
    for key in ("functionResponse", "function_response"):
        given = part.get(key)
        if isinstance(given, Mapping):
            text = arguments_of(given.get("response"))
            return (
                text
                if isinstance(text, Problem)
                else Pieces("", results=((str(given.get("name") or ""), text),))
            )
    for key in ("inlineData", "inline_data", "fileData", "file_data"):
        given = part.get(key)
        if isinstance(given, Mapping):
            kind = str(given.get("mimeType") or given.get("mime_type") or "image/")
            if not kind.startswith("image/"):
                return Problem(
                    f"A turn shows a file of type {kind[:40]}, which is not read.", "Leave the row out."
                )
            data = given.get("data")
            where = given.get("fileUri") or given.get("file_uri")
            return _placed({"bytes": data} if data else where, attached, images)
    return None


def _pictured(part: Mapping[str, Any]) -> bool:
    return any(not is_empty(part.get(key)) for key in _IMAGE_KEYS)


def _image(part: Mapping[str, Any], attached: Attached, images: ImagesOfRow) -> Part | Problem:
    held = next((part[key] for key in _IMAGE_KEYS if not is_empty(part.get(key))), None)
    if held is None:
        index = images.next()
        return index if isinstance(index, Problem) else Part(image=index)
    return _placed(held, attached, images)


def _placed(held: object, attached: Attached, images: ImagesOfRow) -> Part | Problem:
    found = image_of(held, attached)
    if isinstance(found, Problem):
        return found
    return not_images([found]) or Part(image=images.add(found))


def _result(content: object) -> str:
    """What a tool answered, as text."""
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list) and all(isinstance(one, Mapping) and "text" in one for one in content):
        return "".join(str(one["text"]) for one in content)
    return json_of(content)
