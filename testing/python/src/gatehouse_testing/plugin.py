"""Fixtures of pytest. The option ``gatehouse_seed`` in pytest's configuration names a seed file."""

from __future__ import annotations

from typing import Iterator

import pytest

from . import Gatehouse

_FOREIGN = ("AWS_PROFILE", "AWS_SESSION_TOKEN")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("gatehouse_seed", "seed file of the session's Gatehouse", default=None)


@pytest.fixture(scope="session")
def gatehouse(request: pytest.FixtureRequest) -> Iterator[Gatehouse]:
    """One Gatehouse for the session; AWS clients made meanwhile talk to it."""
    server = Gatehouse(seed=request.config.getini("gatehouse_seed") or None)
    with pytest.MonkeyPatch.context() as patch:
        for name in _FOREIGN:
            patch.delenv(name, raising=False)
        for name, value in server.environment.items():
            patch.setenv(name, value)
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture
def fresh_gatehouse(gatehouse: Gatehouse) -> Gatehouse:
    """The session's Gatehouse as it was after its start and seed."""
    gatehouse.reset()
    return gatehouse
