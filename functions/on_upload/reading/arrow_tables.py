"""Parquet, Arrow and Feather: rows a few thousand at a time, every value as the text that shows it.

Numbers, dates and decimals are the texts that people see (7.0 is "7"), true and false "true" and "false".
Lists and structs are JSON values. Bytes of an image, alone or in the Hub's {bytes, path}, are an image.
"""

import datetime
import decimal
import math
from collections.abc import Iterator
from typing import IO, Any, Final

import pyarrow as pa

from functions.on_upload.reading.blocks import BadRow, Block, Flat, Nested, Opened, Row, Written
from functions.on_upload.reading.refusals import differ, refused
from schemas.samples import Image

BLOCK_BYTES: Final = 6 << 20
MAX_ROWS: Final = 8192  # of a block
STEP: Final = "Export the table again, or as CSV or JSONL."
IMAGES: Final = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*")


def open_parquet(name: str, stream: IO[bytes]) -> Opened:
    """A Parquet file. Raises BadInput if it is broken, here or while its blocks are read."""
    import pyarrow.parquet as parquet

    try:
        file = parquet.ParquetFile(stream, pre_buffer=False, memory_map=False)
        rows = file.metadata.num_rows
        size = sum(file.metadata.row_group(group).total_byte_size for group in range(file.num_row_groups))
        schema = file.schema_arrow
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise _broken(name, "Parquet", error) from error
    a_row = max(size // max(rows, 1), 1)
    at_once = max(min(BLOCK_BYTES // a_row, MAX_ROWS), 1)
    batches = file.iter_batches(batch_size=at_once, use_threads=True)
    return _opened(name, "parquet", schema, _safe(name, "Parquet", batches))


def open_arrow(name: str, stream: IO[bytes], *, is_stream: bool) -> Opened:
    """An Arrow file (Feather is one) or stream. Raises BadInput if it is broken, here or while it is read."""
    import pyarrow.ipc as ipc

    try:
        if is_stream:
            reader = ipc.open_stream(stream)
            batches: Iterator[pa.RecordBatch] = iter(reader)
        else:
            reader = ipc.open_file(stream)
            batches = (reader.get_batch(number) for number in range(reader.num_record_batches))
        schema = reader.schema
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise _broken(name, "Arrow", error) from error
    return _opened(name, "arrow", schema, _safe(name, "Arrow", _pieces(batches)))


def _broken(name: str, what: str, error: BaseException) -> Exception:
    said = str(error).split("\n")[0][:150].rstrip(".")
    return refused(name, f"This {what} file cannot be read: {said}.", STEP)


def _safe(name: str, what: str, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    try:
        yield from batches
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise _broken(name, what, error) from error


def _pieces(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        batch.validate()
        a_row = max(batch.nbytes // max(batch.num_rows, 1), 1)
        at_once = max(min(BLOCK_BYTES // a_row, MAX_ROWS), 1)
        yield from (batch.slice(start, at_once) for start in range(0, batch.num_rows, at_once))


def _opened(name: str, form: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> Opened:
    columns = tuple(schema.names)
    differ(name, columns)
    if not columns:
        raise refused(name, "The table has no column.", "Drop a file that has rows.")
    return Opened(form, columns, _blocks(name, batches), unit="row")


def _blocks(name: str, batches: Iterator[pa.RecordBatch]) -> Iterator[Block]:
    row = 1
    for batch in batches:
        if batch.num_rows:
            yield _flat(name, batch, row) or _nested(name, batch, row)
            row += batch.num_rows


def _flat(name: str, batch: pa.RecordBatch, row: int) -> Flat | None:
    try:
        columns = [_as_text(column) for column in batch.columns]
        if any(column is None for column in columns):
            return None
        table = pa.Table.from_arrays(columns, names=batch.schema.names)
        table.validate(full=True)  # texts that are not UTF-8 would pass
    except pa.ArrowException:
        return None
    return Flat(name, table, pa.array(range(row, row + batch.num_rows), pa.int64()))


def _as_text(column: pa.Array) -> pa.Array | None:
    """A column of plain values as texts; None if there is more in it."""
    import pyarrow.compute as pc

    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        column, kind = column.storage, kind.storage_type
    if pa.types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    if pa.types.is_nested(kind) or _is_bytes(kind):
        return None
    text = column.cast(pa.string())
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        text = pc.replace_substring_regex(text, r"\.0+(Z?)$", r"\1")
    return text


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
        or kind == pa.binary_view()
    )


def _nested(name: str, batch: pa.RecordBatch, row: int) -> Nested:
    rows, bad = [], []
    plain = [_plain(column) for column in batch.columns]
    for place in range(batch.num_rows):
        try:
            cells = {
                key: json_value(texts[place].as_py() if texts is not None else column[place].as_py())
                for key, column, texts in zip(batch.schema.names, batch.columns, plain, strict=True)
            }
        except UnicodeDecodeError:
            bad.append(BadRow(row + place, "This row is not UTF-8.", STEP))
            continue
        except (pa.ArrowException, ValueError, OverflowError) as error:
            finding = f"This row cannot be read: {str(error)[:100]}."
            bad.append(BadRow(row + place, finding, STEP))
            continue
        rows.append(Row(row + place, cells))
    return Nested(name, tuple(rows), tuple(bad))


def _plain(column: pa.Array) -> pa.Array | None:
    try:
        return _as_text(column)
    except pa.ArrowException:
        return None


def json_value(value: Any) -> Any:
    """A value of Python's as JSON with texts for numbers; bytes as the image or text that they are."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return Written("true" if value else "false")
    if isinstance(value, int | decimal.Decimal):
        return Written(value)
    if isinstance(value, float):
        return Written(repr(value).removesuffix(".0")) if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        if value.keys() == {"bytes", "path"}:
            return _media(value["bytes"], value["path"])
        return {key: json_value(inner) for key, inner in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(inner, tuple) and len(inner) == 2 for inner in value):
            return {str(json_value(key)): json_value(inner) for key, inner in value}  # a map
        return [json_value(inner) for inner in value]
    if isinstance(value, bytes):
        return _media(value, None)
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    return str(value)


def _media(data: Any, path: Any) -> Any:
    if not isinstance(data, bytes):
        return path
    if is_image(data):
        return Image(data=data, name=path if isinstance(path, str) else "")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return f"({len(data):,} bytes)"


def is_image(data: bytes) -> bool:
    """Whether bytes start as an image does."""
    return data.startswith(IMAGES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")
