"""Texts, packed files, several files as one, and images with what is written about them."""

import gzip

import pytest
import zstandard

from functions.on_upload.reading.blocks import Row
from functions.on_upload.reading.plain import MAX_TEXT
from schemas.samples import Image
from tests.functions.reading.books import xlsx
from tests.functions.reading.files import PNG, cells, folder, opened, refusal, rows, rows_of, zipped

CSV = "q,a\n1,x\n2,y\n"
READ = [{"q": "1", "a": "x"}, {"q": "2", "a": "y"}]


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.markdown", "a"])
def test_a_text_is_one_row_to_the_letter(name):
    content = "# Owls, and more\n\nAn owl is a bird; it flies.\r\n\n\tIt hoots.\n"
    assert rows(content, name) == [Row(1, {"text": content})]


def test_a_long_text_is_split_at_blank_lines_and_joined_it_is_the_file():
    content = "".join(f"Paragraph {n}: {'é word ' * (n % 90)}\nsecond line\n\n" for n in range(3000))
    read = rows(content, "a.txt")

    assert "".join(row.cells["text"] for row in read) == content
    assert all(len(row.cells["text"]) <= MAX_TEXT and row.cells["text"].endswith("\n\n") for row in read)
    assert read[1].line == 1 + read[0].cells["text"].count("\n")


def test_a_text_without_any_blank_line_is_split_as_well():
    content = "x" * 2 * MAX_TEXT + "y\n" * MAX_TEXT
    read = cells(content, "a.txt")

    assert "".join(row["text"] for row in read) == content
    assert max(len(row["text"]) for row in read) <= MAX_TEXT


@pytest.mark.parametrize(
    ("content", "form"),
    [
        ('{"q": "1"}\n{"q": "2"}\n', "jsonl"),
        ("question\tanswer\n1\t2\n", "csv"),
        ("question,answer\n1,2\n", "csv"),
        ("one, two\nthree, four\n", "text"),
        ("Roses are red,\nviolets are blue,\n", "text"),
    ],
)
def test_a_txt_that_is_a_table_inside_is_read_as_one(content, form):
    assert opened(content, "a.txt").format == form


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_packed_file_is_read_as_what_is_in_it(pack):
    assert cells(pack(CSV.encode()), "a.csv.gz") == READ
    assert cells(pack(b'{"q": "1", "a": "x"}\n'), "a.zst") == READ[:1]


def test_files_in_a_zip_are_one_dataset_told_by_their_names():
    source = opened(
        zipped({"one.csv": CSV, "sub/two.csv": "a,q\nz,3\n", "README.md": "x", ".x": "y"}), "d.zip"
    )

    assert [block.source for block in source.blocks] == ["d.zip/one.csv", "d.zip/sub/two.csv"]
    assert source.header == ("q", "a")
    assert "It is 2 files, read as one." in source.said
    assert "Not read: README.md." in source.said


def test_files_called_train_and_test_say_so_in_a_column():
    read = cells(zipped({"train.csv": CSV, "test.csv": CSV}), "d.zip")
    assert [(row["q"], row["split"]) for row in read] == [
        ("1", "train"), ("2", "train"), ("1", "test"), ("2", "test")
    ]  # fmt: skip


def test_a_folder_is_read_as_a_zip_is():
    assert rows_of(folder({"a.csv": CSV, "b.jsonl": '{"q": "3", "a": "z"}\n'}))[-1] == Row(
        1, {"q": "3", "a": "z"}
    )


def test_files_of_different_columns_are_refused():
    fault = refusal(zipped({"one.csv": CSV, "two.csv": "name,city\nx,y\n"}), "d.zip")
    assert "name, city" in fault.finding


@pytest.mark.parametrize(
    ("files", "finding"),
    [
        ({"a.zip": zipped({"a.csv": CSV})}, "archive in an archive"),
        ({"a.csv.gz": gzip.compress(zipped({"a.csv": CSV}))}, "archive in an archive"),
        ({"README.md": "x", "LICENSE": "y"}, "no file that can be read"),
        ({"a.pdf": "%PDF-1.7"}, "This is a PDF"),
        ({"a.pkl": "q,a\n1,2\n"}, "pickle"),
        ({}, "no file that can be read"),
    ],
)
def test_what_a_zip_may_not_hold_is_named(files, finding):
    assert finding in refusal(zipped(files), "d.zip").finding


def test_a_workbook_in_a_zip_is_read():
    assert rows(zipped({"b.xlsx": xlsx({"A": [["q", "a"], ["1", "x"]]})}), "d.zip") == [
        Row(2, {"q": "1", "a": "x"})
    ]


def test_side_files_of_other_tools_are_handed_on():
    source = opened(zipped({"a.csv": CSV, "dataset_info.json": '{"a": {}}'}), "d.zip")

    assert source.hints == {"dataset_info.json": '{"a": {}}'}
    assert source.header == ("q", "a")


# ---------------------------------------------------------------- images


def test_an_image_and_its_caption_are_a_row():
    good, bad = rows(zipped({"cat.png": PNG, "cat.txt": "A cat", "dog.png": PNG}), "d.zip")

    assert good.cells == {"image": Image(data=PNG, name="cat.png"), "text": "A cat"}
    assert "dog.png" in bad.finding


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("metadata.csv", "file_name,text\ncat.png,A cat\ngone.png,Nothing\n"),
        (
            "metadata.jsonl",
            '{"file_name": "cat.png", "text": "A cat"}\n{"file_name": "gone.png", "text": ""}\n',
        ),
    ],
)
@pytest.mark.parametrize("where", ["", "train/"])
def test_a_table_that_describes_images_is_joined_with_them(where, name, table):
    source = opened(zipped({f"{where}cat.png": PNG, f"{where}{name}": table}), "d.zip")
    good, bad = rows_of(source)

    assert good.cells == {"image": Image(data=PNG, name=f"{where}cat.png"), "text": "A cat"}
    assert "gone.png" in bad.finding


def test_images_that_a_table_names_are_found_beside_it():
    source = folder({"data.csv": "image,q\nimg/cat.png,x\n", "img/cat.png": PNG, "img/dog.png": PNG})

    assert rows_of(source) == [Row(2, {"image": "img/cat.png", "q": "x"})]
    assert source.attached("img/cat.png") == source.attached("cat.png") == Image(data=PNG, name="img/cat.png")
    assert source.attached("fox.png") is source.attached("../etc/passwd") is source.attached("") is None


def test_images_alone_are_refused_with_what_to_add():
    fault = refusal(zipped({"a.png": PNG, "b.png": PNG}), "d.zip")

    assert "2 images" in fault.finding
    assert "metadata.csv" in fault.next_step
