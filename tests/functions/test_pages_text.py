"""People's text on a page: whatever it is, it neither breaks the page nor is altered."""

import html as html_module
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt

from functions import pages

NASTY = [
    "a | b | c",
    "`code` ``` and ```` more",
    "<script>alert(1)</script>",
    "one\ntwo\r\nthree\rfour",
    "# not a heading #",
    "- not a list",
    "1. not a list",
    "===",
    "---",
    "*not* _emphasis_ ~~gone~~ snake_case",
    "[link](http://example.com) ![image](http://example.com/x.png)",
    "&lt; &amp; AT&T",
    "C:\\new\\table",
    "$x^2$ costs $5",
    "```\n## heading after a fence\n```",
    "",
    "   ",
    " `",
    "مرحبا 你好 🙂",
]


def tokens(markdown):
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)


def rendered(markdown):
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown)


def one_line(text):
    return text.replace("\r\n", "↵").replace("\r", "↵").replace("\n", "↵")


@pytest.mark.parametrize("text", NASTY)
def test_text_in_a_table_cell_stays_one_cell_and_reads_as_it_stands(text):
    table = tokens(f"| a | b |\n| --- | --- |\n| {pages.escaped(text)} | end |\n")
    cells = [inline for before, inline in pairwise(table) if before.type == "td_open"]
    assert len(cells) == 2
    assert all(child.type in ("text", "text_special") for child in cells[0].children)
    assert "".join(child.content for child in cells[0].children) == one_line(text).strip()


@pytest.mark.parametrize("text", NASTY)
def test_text_in_a_heading_or_a_list_stays_there(text):
    read = tokens(f"## {pages.escaped(text)}\n\n- {pages.escaped(text)}\n\nafter\n")
    kinds = [token.type for token in read if token.type.endswith("_open")]
    item = ["paragraph_open"] if text.strip() else []
    assert kinds == ["heading_open", "bullet_list_open", "list_item_open", *item, "paragraph_open"]


@pytest.mark.parametrize("text", NASTY)
def test_a_code_span_holds_its_text_and_ends_after_it(text):
    line = tokens(f"before {pages.code(text)} after\n")[1].children
    spans = [child for child in line if child.type == "code_inline"]
    assert [span.content for span in spans] == ([one_line(text)] if text.strip() else [])
    assert line[-1].content.endswith("after")


@pytest.mark.parametrize("text", NASTY)
def test_a_fence_holds_its_text_and_ends_after_it(text):
    read = tokens(f"{pages.fence(text)}\n\nafter\n")
    assert [token.type for token in read][:2] == ["fence", "paragraph_open"]
    assert read[0].content == text.replace("\r\n", "\n").replace("\r", "\n") + "\n"


@pytest.mark.parametrize("text", NASTY)
def test_a_sentence_keeps_its_quotes_as_code_and_escapes_all_else(text):
    read = rendered(f"start {pages.prose(text)} end\n")
    assert "<script>" not in read
    assert "<a " not in read
    assert "<img" not in read
    assert read.count("<p>") == 1
    assert "<script>" not in pages.prose_html(text)


def test_a_sentence_quotes_what_to_type():
    assert pages.prose("Write `a: b`.") == "Write `a: b`."
    assert pages.prose_html("Write `<b>`.") == "Write <code>&lt;b&gt;</code>."


def test_aligned_texts_stand_below_one_another_whatever_lines_they_have():
    block = pages.aligned([("question", "one\ntwo"), ("after", "```")])
    assert block == "````text\nquestion  one\n          two\nafter     ```\n````"


def test_a_long_text_is_cut_and_the_page_says_by_how_much():
    assert pages.shown("x" * 10, 10) == ("x" * 10, "")
    assert pages.shown("x" * 11, 10) == ("x" * 10, "… (1 more character)")
    assert pages.shown("x" * 3010, 10).more == "… (3,000 more characters)"
    assert "… (5 more characters)" in pages.aligned([("a", "x" * 15)], 10)


def test_a_control_character_is_seen_and_steers_no_terminal():
    assert pages.visible("\x1b[31m\x00\x7f\ttab") == "␛[31m␀�\ttab"
    assert "\x1b" not in pages.fence("\x1b[2J") + pages.escaped("\x1b") + pages.code("\x1b")


def test_what_is_absent_prints_nothing_and_what_is_misnamed_is_an_error():
    environment = pages.environment("html")
    assert environment.from_string("[{{ a }}]").render(a=None) == "[]"
    with pytest.raises(Exception, match="undefined"):
        environment.from_string("{{ b }}").render()


@pytest.mark.parametrize("form", ["html", "md"])
def test_a_template_that_forgets_to_escape_is_escaped(form):
    page = pages.environment(form).from_string("{{ a }}").render(a="<script>|*")
    assert "<script>" not in page.replace("\\<", "")
    assert html_module.unescape(page).replace("\\", "") == "<script>|*"


def test_figures_are_never_rounded_into_all_or_nothing():
    assert [pages.percent(share) for share in (0, 0.0001, 0.5, 0.96, 0.9999, 1)] == [
        "0%",
        "0.1%",
        "50%",
        "96%",
        "99.9%",
        "100%",
    ]


def test_times_and_sizes_are_said_in_two_units_at_most():
    assert pages.duration(0.2) == "under a second"
    assert pages.duration(1) == "1 second"
    assert pages.duration(47.3) == "47 seconds"
    assert pages.duration(3725) == "1 hour 2 minutes"
    assert [pages.size(n) for n in (0, 1, 999, 1000, 124_518, 1_250_000_000)] == [
        "0 bytes",
        "1 byte",
        "999 bytes",
        "1 kB",
        "125 kB",
        "1.25 GB",
    ]
