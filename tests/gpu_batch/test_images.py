"""Rows with images: labels around their tokens, sizes bounded, rows of text among them, colours learned."""

import io
from importlib.util import find_spec

import pyarrow.parquet as pq
import pytest
from PIL import Image as Pictures

from functions.on_upload.shapes import Shape
from schemas import names
from schemas.errors import BadInput
from schemas.orders import Shard
from schemas.samples import Conversation, Image, Preference
from tests.gpu_batch.bases import write_json
from tests.gpu_batch.papers import DATASET, TINY, dataset, export_order, tiny_pin, train_order
from tests.gpu_batch.tiny_models import make_model

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]
COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255)}
SOFT = "<image_soft_token>"


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return make_model("gemma3-sees", tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def sight(base):
    from gpu_batch.sight import Sight

    return Sight.from_folder(base, "tiny", side=64)


@pytest.fixture(scope="module")
def chat(base):
    from gpu_batch.text import ChatText

    return ChatText.from_folder(base)


def png(rgb, size=(64, 64), **how):
    stream = io.BytesIO()
    Pictures.new("RGB", size, rgb).save(stream, "PNG", **how)
    return stream.getvalue()


def row(answer, *images, line=2):
    """Colour? and images, each before and after a text."""
    parts = [part for index in range(len(images)) for part in ({"image": index}, {"text": "Colour?"})]
    turn = {"role": "user", "content": "Colour?" * max(1, len(images)), "parts": parts}
    return Conversation.model_validate(
        {
            "line": line,
            "images": [{"data": data} for data in images],
            "messages": [turn, {"role": "assistant", "content": answer}],
        }
    )


def test_labels_cover_the_answer_and_no_token_of_an_image(chat, sight):
    sample = row("red", png(COLOURS["red"]), png(COLOURS["blue"], (9, 200)))
    labelled = sight.label(chat, sample, source="a.parquet")
    assert labelled.learned == ("red<end_of_turn>",)
    text = chat.decode(labelled.input_ids)
    assert text.count(SOFT) == 8
    assert chat.decode([one for one in labelled.labels if one >= 0]) == "red<end_of_turn>"
    prompt = sight.prompt_ids(chat, sample)
    assert labelled.input_ids[: len(prompt)] == prompt


def test_the_tokens_are_those_of_the_base_s_own_processor(base, chat, sight):
    from transformers import AutoProcessor

    sample = row("red", png(COLOURS["red"]))
    parts = [{"type": "image"}, {"type": "text", "text": "Colour?"}]
    turns = [{"role": "user", "content": parts}, {"role": "assistant", "content": "red"}]
    processor = AutoProcessor.from_pretrained(base)
    text = processor.apply_chat_template(turns)
    made = processor(text=[text], images=[[Pictures.new("RGB", (64, 64))]], add_special_tokens=False)
    assert sight.label(chat, sample, source="a").input_ids == list(made["input_ids"][0])


def test_a_row_that_holds_no_image_is_labelled_as_ever(chat, sight):
    from gpu_batch.text import label

    assert sight.label(chat, row("red"), source="a") == label(chat, row("red"), source="a")


def test_images_are_bounded_upright_and_on_white():
    from gpu_batch.sight import opened

    large = opened(Image(data=png(COLOURS["red"], (600, 300))), side=100)
    assert (large.size, large.mode, large.getpixel((9, 9))) == ((100, 50), "RGB", (255, 0, 0))
    assert opened(Image(data=png(COLOURS["red"], (10, 5))), side=100).size == (10, 5)
    turned = Pictures.Exif()
    turned[0x0112] = 6  # the camera was held upright
    assert opened(Image(data=png(COLOURS["red"], (40, 20), exif=turned)), side=100).size == (20, 40)
    clear = io.BytesIO()
    Pictures.new("RGBA", (4, 4), (0, 0, 0, 0)).save(clear, "PNG")
    assert opened(Image(data=clear.getvalue()), side=100).getpixel((1, 1)) == (255, 255, 255)


@pytest.mark.parametrize("data", [b"", b"no image", png(COLOURS["red"])[:60]])
def test_an_image_that_cannot_be_opened_is_told_with_its_row(chat, sight, data):
    with pytest.raises(BadInput, match="cannot be opened") as caught:
        sight.label(chat, row("red", data, line=7), source="a.parquet")
    assert caught.value.faults[0].place == "a.parquet:7"


def test_a_base_that_reads_text_alone_is_refused():
    from gpu_batch.sight import Sight

    with pytest.raises(BadInput, match="reads text alone"):
        Sight.from_folder(TINY, "tiny-gemma3", side=64)


@pytest.mark.skipif(find_spec("torchvision") is not None, reason="torchvision is installed here")
def test_a_processor_that_wants_a_library_is_refused_with_its_name(tmp_path):
    from gpu_batch.sight import Sight

    folder = make_model("qwen3-vl", tmp_path)
    write_json(folder / "processor_config.json", {"processor_class": "Qwen3VLProcessor"})
    write_json(folder / "preprocessor_config.json", {"image_processor_type": "Qwen2VLImageProcessor"})
    write_json(folder / "video_preprocessor_config.json", {"video_processor_type": "Qwen3VLVideoProcessor"})
    with pytest.raises(BadInput, match="needs the Python library torchvision, which is not installed here"):
        Sight.from_folder(folder, "qwen", side=64)


def test_a_batch_of_rows_with_and_without_images_has_every_image_once(chat, sight):
    from gpu_batch.sight import images_of

    samples = [row("red", png(COLOURS["red"])), row("no"), row("both", png((0, 0, 0)), png((9, 9, 9)))]
    rows = [sight.label(chat, sample, source="a") for sample in samples]
    images = [images_of(sample.messages, sample.images) for sample in samples]
    batch = sight.collator(chat.pad_id, images)(
        [{"input_ids": one.input_ids, "labels": one.labels, "row": at} for at, one in enumerate(rows)]
    )
    assert batch["pixel_values"].shape[0] == 3
    assert batch["token_type_ids"].sum(dim=1).tolist() == [4, 0, 8]
    assert batch["input_ids"].shape == batch["labels"].shape == batch["attention_mask"].shape


def with_images(on, order_rows, split, scratch, kind="conversation"):
    path, name = scratch / f"{split}.parquet", names.shard(DATASET, "1", split, 0)
    pq.write_table(Shape(kind, images=True).table(order_rows, "colours"), path)
    on.store.upload(on.outbox, name, path)
    return (Shard(path=name, rows=len(order_rows)),)


@pytest.mark.parametrize("finetuning", ["lora", "full"])
def test_colours_are_named_right_by_a_base_that_saw_nothing_before(on, base, tmp_path, offline, finetuning):
    from gpu_batch.export import export
    from gpu_batch.folders import download_folder
    from gpu_batch.sight import Sight
    from gpu_batch.train import train

    learned = [
        row(name, png(rgb, (40 + at, 64)), line=2 + at) for at, (name, rgb) in enumerate(COLOURS.items())
    ]
    texts = [row(answer, line=9 + at) for at, answer in enumerate(["none"] * 4)]
    held = [row(name, png(rgb, (64, 30)), line=20 + at) for at, (name, rgb) in enumerate(COLOURS.items())]
    rows = dataset(on, [], [], tmp_path).model_copy(
        update={
            "images": True,
            "train": with_images(on, learned * 6 + texts, "train", tmp_path),
            "test": with_images(on, [*held, texts[0]], "test", tmp_path),
        }
    )
    training = {
        "finetuning": finetuning,
        "max_steps": 100,
        "batch_size": 8,
        "learning_rate": 2e-2 if finetuning == "lora" else 5e-3,
        "lora_rank": 16,
        "lora_alpha": 32,
        "scheduler": "cosine",
        "warmup_steps": 5,
        "seed": 1,
    }
    if finetuning == "full":
        del training["lora_rank"], training["lora_alpha"]
    order = train_order(
        on, rows, pin=tiny_pin(base), training=training, evaluation={"rows": 9, "max_new_tokens": 12}
    )
    result = train(order, 1, on, tmp_path / "scratch")
    assert (result.before.exact_match, result.before.rows) == (0, 4)
    assert [one.after for one in result.answers] == [one.expected for one in result.answers]
    assert result.after.exact_match == 1
    if result.adapter:
        merged = export(export_order(on, order, result.adapter, "merged"), 1, on, tmp_path / "export")
        assert (merged.faults, merged.same) == ((), merged.compared)
        whole = Sight.from_folder(download_folder(on, merged.merged, tmp_path / "merged"), "merged", 64)
        assert whole.processor.image_token == "<start_of_image>"


def test_of_two_answers_about_an_image_the_better_becomes_likelier(on, base, tmp_path, offline):
    from gpu_batch.train import train

    def pair(name, other, line):
        talk, worse = row(name, png(COLOURS[name]), line=line), row(other)
        told = {"prompt": talk.prompt, "chosen": talk.messages[-1:], "rejected": worse.messages[-1:]}
        return Preference(**told, images=talk.images, line=line)

    turned = dict(zip(COLOURS, [*list(COLOURS)[1:], "red"], strict=True))
    learned = [pair(name, other, 2 + at) for at, (name, other) in enumerate(turned.items())] * 6
    rows = dataset(on, [], [], tmp_path).model_copy(
        update={
            "kind": "preference",
            "images": True,
            "train": with_images(on, learned, "train", tmp_path, "preference"),
            "test": with_images(on, learned[:3], "test", tmp_path, "preference"),
        }
    )
    training = {
        "method": "dpo",
        "max_steps": 30,
        "batch_size": 6,
        "learning_rate": 1e-2,
        "lora_rank": 16,
        "lora_alpha": 32,
        "seed": 1,
    }
    order = train_order(
        on, rows, pin=tiny_pin(base), training=training, evaluation={"rows": 3, "max_new_tokens": 8}
    )
    result = train(order, 1, on, tmp_path / "scratch")
    assert result.faults == ()
    assert result.before.preferred < 1
    assert result.after.preferred == 1
    assert result.after.margin > 0.5
