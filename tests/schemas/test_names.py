"""Ids follow from content alone, paths keep their promises, and a drop is told from what is none."""

import re

import pytest

from schemas import names

DATASET, DROP = "d" * 16, "e" * 16


@pytest.mark.parametrize(
    "make",
    [
        lambda name: names.drop_id("inbox", name, 7),
        lambda name: names.dataset_id("md5", {"name": name}, 1),
        lambda name: names.fingerprint(DATASET, {"name": name}),
        lambda name: names.run_id(DATASET, {"name": name}, DROP),
    ],
)
def test_an_id_follows_from_its_parts(make):
    assert make("a.csv") == make("a.csv")
    assert make("a.csv") != make("b.csv")
    assert re.fullmatch("[0-9a-f]{16}", make("a.csv"))


def test_ids_stay_the_same_from_release_to_release():
    assert names.drop_id("acme-inbox", "poems.csv", 1700000000000001) == "5fdca5db7243d53e"


def test_the_order_of_options_makes_no_other_id():
    assert names.digest({"a": 1, "b": 2}) == names.digest({"b": 2, "a": 1})


def test_the_same_parts_in_other_roles_make_other_ids():
    assert names.fingerprint(DATASET, {}) != names.dataset_id(DATASET, {}, 1)
    assert names.digest("ab", "c") != names.digest("a", "bc")


def test_a_new_generation_is_a_new_drop():
    assert names.drop_id("inbox", "a.csv", 1) != names.drop_id("inbox", "a.csv", 2)


def test_a_second_try_is_a_new_run_with_the_same_fingerprint():
    assert names.run_id(DATASET, {"seed": 1}, DROP) != names.run_id(DATASET, {"seed": 1}, "f" * 16)


@pytest.mark.parametrize("stage", names.STAGES)
@pytest.mark.parametrize("attempt", [1, 12, 999])
def test_a_job_id_is_one_that_cloud_batch_takes_and_reads_back(stage, attempt):
    job = names.job_id(DATASET, stage, attempt)
    assert re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", job)
    assert names.parse_job_id(job) == (DATASET, stage, attempt)
    preparing = names.prepare_job_id(DROP, attempt)
    assert re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", preparing)
    assert names.parse_prepare_job_id(preparing) == (DROP, attempt)
    assert names.parse_prepare_job_id(job) is names.parse_job_id(preparing) is None


@pytest.mark.parametrize(
    "job", ["", "someone-elses-job", f"r-{DATASET}-serve-1", f"r-{DATASET}-train-0", f"r-{DATASET}-train-1x"]
)
def test_a_job_of_somebody_else_is_none_of_ours(job):
    assert names.parse_job_id(job) is None


@pytest.mark.parametrize(
    "name",
    [
        "poems.csv",
        "shop/2026/poems.csv",
        "poems",
        "Gedichte für Anna.csv",
        "recipe.yaml",
        "dataset.json",
        "my.jinko.yaml",
        "tmp/poems.csv",
    ],
)
def test_a_file_that_a_person_dropped_is_a_drop(name):
    assert names.is_drop(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "shop/",
        ".DS_Store",
        "shop/.poems.csv.swp",
        ".trash/poems.csv",
        "jinko.yaml",
        "shop/jinko.yaml",
        "dataset_info.json",
        "shop/dataset_info.json",
        "shop/axolotl.yaml",
        "gcloud/tmp/parallel_composite_uploads/see_gcloud_storage_cp_help_for_details/1f_poems.csv_component_3",
        "/gcloud/tmp/parallel_composite_uploads/see_gcloud_storage_cp_help_for_details/1f_poems.csv_component_0",
    ],
)
def test_side_files_folder_markers_dotfiles_and_components_are_no_drops(name):
    assert not names.is_drop(name)


@pytest.mark.parametrize(
    ("name", "recipe"), [("a.yaml", True), ("shop/a.YML", True), ("a.csv", False), ("yaml", False)]
)
def test_a_recipe_is_told_by_its_suffix(name, recipe):
    assert names.is_recipe(name) is recipe


def test_settings_files_are_read_from_the_top_of_the_bucket_down():
    assert names.settings_files("poems.csv") == ["jinko.yaml"]
    assert names.settings_files("shop/2026/poems.csv") == [
        "jinko.yaml",
        "shop/jinko.yaml",
        "shop/2026/jinko.yaml",
    ]


def test_every_attempt_writes_under_a_prefix_of_its_own():
    first, second = (names.attempt_prefix(DATASET, "train", n) for n in (1, 2))
    assert first != second
    for made in (
        names.result(DATASET, "train", 1),
        names.metrics(DATASET, "train", 1),
        names.weights(DATASET, "train", 1, "adapter"),
    ):
        assert made.startswith(first)


def test_everything_of_a_dataset_lies_under_its_prefix():
    for made in (
        names.manifest(DATASET),
        names.shard(DATASET, "t1", "train", 0),
        names.dataset_card(DATASET, "t1", "md"),
    ):
        assert made.startswith(names.dataset_prefix(DATASET))


def test_shards_sort_as_they_are_counted():
    made = [names.shard(DATASET, "t1", "train", n) for n in range(12)]
    assert sorted(made) == made


def test_a_status_page_keeps_the_path_of_its_drop():
    assert names.status_page("shop/poems.csv") == "status/shop/poems.csv.md"


def test_a_place_is_what_editors_understand():
    assert (names.place("poems.csv"), names.place("poems.csv", 14)) == ("poems.csv", "poems.csv:14")


@pytest.mark.parametrize(
    ("address", "parsed"),
    [
        ("gs://bucket/a.csv", ("bucket", "a.csv")),
        ("gs://bucket/folder/", ("bucket", "folder/")),
        ("gs://bucket/**/*.csv", ("bucket", "**/*.csv")),
        ("gs://bucket", None),
        ("gs://bucket/", None),
        ("gs:///a.csv", None),
        ("hf://owner/name", None),
        ("folder/a.csv", None),
    ],
)
def test_addresses_of_buckets_are_taken_apart(address, parsed):
    assert names.parse_address(address) == parsed
    assert parsed is None or names.address(*parsed) == address


@pytest.mark.parametrize(
    ("recipe", "named", "meant"),
    [
        ("r.yaml", "a.csv", ["a.csv"]),
        ("in/r.yaml", "a.csv", ["in/a.csv", "a.csv"]),
        ("in/r.yaml", "./*.csv", ["in/*.csv", "*.csv"]),
        ("in/r.yaml", "more/", ["in/more/", "more/"]),
    ],
)
def test_what_a_recipe_names_lies_beside_it_or_at_the_top(recipe, named, meant):
    assert names.named_data(recipe, named) == meant
