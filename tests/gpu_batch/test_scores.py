"""That scores are what their names say, whatever they are measured beside."""

import pytest

from gpu_batch.text import ChatText
from tests.gpu_batch.papers import TINY, conversation, tickets, turn

pytestmark = [pytest.mark.train, pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def tiny():
    import torch

    from gpu_batch import model

    device = model.settle()
    return model.load_model(TINY, torch.float32, device), ChatText.from_folder(TINY), device


def test_two_cores_or_a_small_model_get_one_thread_and_others_half_of_the_cores():
    from gpu_batch.model import SMALL, threads_for

    assert [threads_for(10 * SMALL, cores) for cores in (1, 2, 3, 4, 16)] == [1, 1, 1, 2, 8]
    assert threads_for(SMALL - 1, 16) == 1


def test_loss_and_token_accuracy_are_of_the_last_answer_whatever_the_batch(tiny):
    import torch

    from gpu_batch import evaluate

    model, chat, _ = tiny
    rows = [
        *tickets(0, 20),
        conversation(("user", "Hi"), ("assistant", "Hello."), ("user", "And?"), ("assistant", "Good bye.")),
    ]
    asked, left_out = evaluate.choose(chat, rows, 512, "tickets.csv")
    assert left_out == []
    loss, right, count = 0.0, 0, 0
    for one in asked:
        head = chat.prompt_ids(one.sample.prompt)
        ids = torch.tensor([one.row.input_ids])
        with torch.no_grad():
            logits = model(input_ids=ids).logits[0]
        for at in range(len(head), ids.shape[1] - 1):  # the line break at the very end is not learned
            wanted = ids[0, at]
            loss += torch.nn.functional.cross_entropy(logits[at - 1], wanted).item()
            right += int(logits[at - 1].argmax() == wanted)
            count += 1
    score = evaluate.measure(model, chat, asked, max_new_tokens=8).score
    assert score.loss == pytest.approx(loss / count, rel=1e-4)
    assert score.token_accuracy == pytest.approx(right / count)


def test_answers_do_not_depend_on_the_batch_they_are_asked_in(tiny):
    from gpu_batch import evaluate

    model, chat, _ = tiny
    prompts = [chat.prompt_ids(row.prompt) for row in tickets(0, 20)]
    together = evaluate.answer(model, chat, prompts, 24)
    assert together == [evaluate.answer(model, chat, [prompt], 24)[0] for prompt in prompts]
    assert not any("<" in answer for answer in together)


def test_an_answer_is_right_if_the_template_writes_it_as_the_wanted_one(tiny, chatml):
    from gpu_batch.evaluate import is_right

    strips, keeps = tiny[1], ChatText.from_folder(chatml)
    assert is_right(strips, turn("a", " yes\n"), "yes")
    assert not is_right(keeps, turn("a", " yes\n"), "yes")
    assert is_right(keeps, turn("a", " yes\n"), " yes\n")
    assert not is_right(strips, turn("a", "yes"), "Yes")
