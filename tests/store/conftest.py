import pytest

from store.making import ToldClock, open_store


@pytest.fixture
def clock():
    return ToldClock()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "evidence.db"


@pytest.fixture
def store(path, clock):
    with open_store(path, clock) as opened:
        yield opened
