"""ChatGPT's own export: a tree of messages, of which the person's last course is the conversation."""

from functions.on_upload.meaning.reading import Problem
from tests.functions.meaning.seeing import first, no_image, read, seen

ASK, TOLD = "Which is red?", "Mars is."


def message(role, text, content_type="text", **about):
    content = {"content_type": content_type, "parts": [text]}
    return {"author": {"role": role, "name": None}, "content": content, "metadata": about}


def tree(*path, aside=None):
    """Messages one after another; `aside` is another try that follows the first of them."""
    nodes = {
        str(n): {"parent": str(n - 1) if n else None, "children": [], "message": one}
        for n, one in enumerate(path)
    }
    if aside:
        nodes["aside"] = {"parent": "0", "children": [], "message": aside}
    return {"title": "Planets", "mapping": nodes, "current_node": str(len(path) - 1)}


def test_the_course_that_the_person_saw_last_is_read():
    talk = tree(None, message("user", ASK), message("assistant", TOLD), aside=message("user", "Else?"))

    assert first(seen(talk)) == [("user", ASK), ("assistant", TOLD)]
    assert "as ChatGPT exports them" in read(seen(talk)).why


def test_what_was_never_shown_is_no_turn():
    hidden = message("user", "About me.", is_visually_hidden_from_conversation="true")
    thought = message("assistant", "Hm.", "thoughts")
    talk = tree(message("system", ""), hidden, message("user", ASK), thought, message("assistant", TOLD))

    assert first(seen(talk)) == [("user", ASK), ("assistant", TOLD)]


def test_an_image_that_does_not_lie_in_the_export_costs_its_conversation():
    asked = message("user", ASK)
    asked["content"]["parts"].append({"content_type": "image_asset_pointer", "asset_pointer": "file://a"})
    good = tree(message("user", ASK), message("assistant", TOLD))
    given = seen(good, tree(asked, message("assistant", TOLD)))
    problem = read(given).build(given.rows[1], no_image)

    assert isinstance(problem, Problem)
    assert "image_asset_pointer" in problem.finding


def test_a_tree_that_goes_in_circles_ends():
    talk = tree(message("user", ASK), message("assistant", TOLD))
    talk["mapping"]["0"]["parent"] = "1"

    assert isinstance(first(seen(tree(message("user", ASK), message("assistant", TOLD)))), list)
    assert read(seen(talk)).kind == "conversation"
