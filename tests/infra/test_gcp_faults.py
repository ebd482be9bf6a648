"""Where Google's errors end: every class of theirs is known, and becomes words that a person can act on."""

import importlib
import inspect
import socket

import pytest

from infra.gcp.faults import KINDS, Resource, our_error, translated
from infra.ports import Gone
from schemas.errors import BadInput, Unavailable

BUCKET = Resource(
    place="gs://a-bucket",
    what="bucket",
    project="acme",
    api="storage.googleapis.com",
    make="gcloud storage buckets create gs://a-bucket --project=acme",
    allow="gcloud storage buckets add-iam-policy-binding gs://a-bucket --member={member} --role=roles/x",
)
WHO = "jinko-run@acme.iam.gserviceaccount.com"


def classes(module):
    """The exceptions that a module defines, by their full names."""
    made = importlib.import_module(module)
    found = inspect.getmembers(made, lambda it: inspect.isclass(it) and issubclass(it, BaseException))
    return {f"{module}.{name}": kind for name, kind in found if kind.__module__ == module}


@pytest.mark.parametrize(
    "module",
    [
        "google.api_core.exceptions",
        "google.auth.exceptions",
        "google.cloud.storage.exceptions",
        "google.resumable_media.common",
    ],
)
def test_every_class_that_google_may_raise_is_known_by_its_own_name(module):
    unknown = {name for name in classes(module) if name not in KINDS}
    assert not unknown, f"say in infra/gcp/faults.py what becomes of {sorted(unknown)}"


def test_every_name_that_is_known_is_a_class():
    for name in KINDS:
        module, _, kind = name.rpartition(".")
        assert issubclass(getattr(importlib.import_module(module), kind), BaseException), name


@pytest.mark.parametrize("name", sorted(classes("google.api_core.exceptions")))
def test_every_class_becomes_one_of_our_two(name):
    kind = classes("google.api_core.exceptions")[name]
    told = {"cause": ValueError("inner")} if kind.__name__ == "RetryError" else {}
    ours = our_error(kind("It went wrong.", **told) if told else kind("It went wrong."), BUCKET)

    assert isinstance(
        ours, BadInput if KINDS[name] in ("allow", "make", "refused", "sign in") else Unavailable
    )


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (
            f"Forbidden('{WHO} does not have storage.objects.get access.')",
            f"add-iam-policy-binding gs://a-bucket --member=serviceAccount:{WHO} --role=roles/x",
        ),
        ("PermissionDenied('ada@example.com lacks it')", "--member=user:ada@example.com "),
        ("Forbidden('No.')", "--member=user:YOUR-ADDRESS "),
        (
            "NotFound('The specified bucket does not exist.')",
            "There is no such bucket. Make it: gcloud storage",
        ),
        (
            "Forbidden('Cloud X API has not been used in project 7 before or it is disabled.')",
            "gcloud services enable storage.googleapis.com --project=acme",
        ),
        ("Forbidden('The billing account is disabled.')", "gcloud billing projects link acme"),
        ("Unauthorized('Invalid Credentials')", "gcloud auth application-default login"),
        ("InvalidArgument('A name may not have a line break.')", "A name may not have a line break."),
    ],
)
def test_what_a_person_can_mend_names_the_place_the_finding_and_the_command(made, words):
    from google.api_core import exceptions

    kind, _, text = made.rstrip(")").partition("(")
    with pytest.raises(BadInput) as refused, translated(BUCKET):
        raise getattr(exceptions, kind)(text.strip("'"))

    assert str(refused.value).startswith("gs://a-bucket: ")
    assert words in str(refused.value)


def test_credentials_that_are_missing_or_expired_are_the_persons_and_a_token_server_that_is_away_is_not():
    from google.api_core.exceptions import ServiceUnavailable
    from google.auth import exceptions

    for error in (
        exceptions.DefaultCredentialsError("none found"),
        exceptions.RefreshError("invalid_grant: Bad Request"),
        exceptions.ReauthFailError("no"),
        ServiceUnavailable("Getting metadata from plugin failed with error: invalid_grant"),
    ):
        ours = our_error(error, BUCKET)
        assert isinstance(ours, BadInput), error
        assert "gcloud auth application-default login" in str(ours)
    away = exceptions.TransportError("metadata.google.internal")
    for error in (away, exceptions.RefreshError(away), exceptions.RefreshError("hm", retryable=True)):
        assert isinstance(our_error(error, BUCKET), Unavailable), error


def test_what_the_network_does_may_be_better_the_next_time():
    import grpc
    import requests
    import urllib3
    from google.resumable_media.common import InvalidResponse

    for error in (
        requests.exceptions.ConnectionError("refused"),
        requests.exceptions.ChunkedEncodingError("broken"),
        urllib3.exceptions.ProtocolError("broken"),
        grpc.RpcError(),
        InvalidResponse(None, "what is this"),
        ConnectionResetError(),
        TimeoutError(),
        socket.gaierror("no such host"),
    ):
        with pytest.raises(Unavailable, match="gs://a-bucket did not answer"), translated(BUCKET):
            raise error


@pytest.mark.parametrize(
    "error", [Gone("a"), Unavailable("b"), ValueError("c"), KeyError("d"), FileNotFoundError("e")]
)
def test_what_is_not_googles_passes_as_it_is(error):
    with pytest.raises(type(error)) as raised, translated(BUCKET):
        raise error

    assert raised.value is error


def test_a_long_answer_of_googles_is_cut():
    from google.api_core.exceptions import BadRequest

    assert len(str(our_error(BadRequest("x" * 10_000), BUCKET))) < 1_000
