"""`training.image_pixels` reaches the images: the base sees them no larger than it says."""

from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image as Pictures

from gpu_batch.console import Teller
from gpu_batch.ready import make_ready
from schemas import names
from schemas.orders import Shard
from tests.gpu_batch.papers import DATASET, RUN, dataset, tiny_pin, train_order
from tests.gpu_batch.tiny_models import make_model

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]


def test_images_are_shown_no_larger_than_asked(on, tmp_path, offline):
    base = make_model("gemma3-sees", tmp_path)
    Pictures.new("RGB", (90, 30), "red").save(file := BytesIO(), "PNG")
    turns = [
        {"role": "user", "content": "", "parts": [{"image": 0}]},
        {"role": "assistant", "content": "red"},
    ]
    row = {"messages": turns, "images": [{"bytes": file.getvalue(), "path": "a.png"}], "line": 2}
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "rows.parquet")
    name = names.shard(DATASET, "1", "train", 0)
    on.store.upload(on.outbox, name, tmp_path / "rows.parquet")
    shards = (Shard(path=name, rows=1),)
    rows = dataset(on, [], [], tmp_path).model_copy(update={"images": True, "train": shards})
    order = train_order(on, rows, pin=tiny_pin(base), training={"image_pixels": 45})
    ready = make_ready(order, on, tmp_path / "scratch", Teller(on, RUN, "train"))
    assert ready.desk.sight.side == 45
    assert ready.rows.collator is not None
