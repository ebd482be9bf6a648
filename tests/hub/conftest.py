"""A Hub of this test's own, which this process takes for the real one."""

import pytest

from tests.hub.server import hub, trust


def pytest_collection_modifyitems(items):
    """httpx finds fault with how the Hub's library hands it a file."""
    for item in items:
        if "/tests/hub/" in str(item.path):
            item.add_marker(pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"))


@pytest.fixture
def there(monkeypatch):
    with hub() as served:
        trust(monkeypatch, served)
        yield served
