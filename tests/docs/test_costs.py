"""docs/costs.md adds up, and says what the code does: how often it wakes, what it asks, where it runs."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import reduce

import pytest

from functions.on_job_done.sweep import sweep
from schemas.events import Swept
from tests.docs.costs import table
from tests.house.tree import read

PAGE = read("docs/costs.md")
ROW = re.compile(r"^\| ([^|]+) \| ([\d.,× ]+) \| ([\d.]+) \| ([^|]*) \| (.+) \|$", re.MULTILINE)
IDLE = ROW.findall(PAGE)


def numbers(text):
    return [float(one.replace(",", "")) for one in text.split("×")]


def test_every_line_of_the_idle_month_is_its_arithmetic():
    assert len(IDLE) >= 11
    for what, arithmetic, usd, _, _ in IDLE:
        assert f"{reduce(lambda a, b: a * b, numbers(arithmetic)):.4f}" == usd, what


def test_every_line_has_its_source_and_the_date_of_its_price():
    for what, _, _, _, source in IDLE:
        assert re.fullmatch(r"\[[\w/-]+\]\(https://cloud\.google\.com/[\w/-]+\), 2026-\d\d-\d\d", source), (
            what
        )


def test_together_they_are_less_than_a_dollar_also_where_nothing_is_free():
    total = float(re.search(r"\| \*\*together, nothing free\*\* \| \| \*\*([\d.]+)\*\* \|", PAGE)[1])
    assert total == pytest.approx(sum(float(usd) for _, _, usd, _, _ in IDLE), abs=1e-4)
    assert total < 1


def test_it_wakes_as_often_as_the_page_says():
    (every,) = re.findall(r'schedule += "\*/(\d+) \* \* \* \*"', read("infra/terraform/subscriptions.tf"))
    assert f"12 × 730 = {730 * 60 // int(every):,}" in PAGE
    assert {numbers(arithmetic)[0] for what, arithmetic, *_ in IDLE if what.startswith("Cloud Run")} == {8760}


class Counted:
    """A port that counts what it is asked, and answers as it always does."""

    def __init__(self, port, asked, name):
        self._port, self._asked, self._name = port, asked, name

    def __getattr__(self, method):
        self._asked[f"{self._name}.{method}"] += 1
        return getattr(self._port, method)


def test_a_look_around_asks_what_the_page_says(on):
    sweep(Swept(at=datetime.now(UTC)), on)
    asked = Counter()
    counted = {name: Counted(getattr(on, name), asked, name) for name in ("store", "state", "bus", "jobs")}
    sweep(Swept(at=datetime.now(UTC)), replace(on, **counted))

    once = {"state.get": 1, "store.list": 1}
    assert asked == {"state.find": 18, "state.since": 4, **once}
    by_name = {what: numbers(arithmetic)[1] for what, arithmetic, *_ in IDLE if "8,760" in arithmetic}
    assert by_name["Firestore: reads"] == asked["state.find"] + asked["state.since"] + asked["state.get"]
    assert by_name["Cloud Storage: listings"] == asked["store.list"]
    assert "22 times for records and once for one record, lists the inbox once" in PAGE.replace("\n", " ")


def test_a_run_costs_what_the_machine_rule_and_its_prices_say():
    (shown,) = re.findall(r"<!-- runs -->\n(.*?)<!-- end -->", PAGE, re.DOTALL)
    assert shown.splitlines()[2:] == list(table()), "python -m tests.docs.costs writes it anew"
