"""A Gatehouse of a test run's own: start, environment, reset, stop."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
from typing import Mapping, Optional, Sequence

__all__ = ["Gatehouse", "GatehouseFailed"]

_STOP_SECONDS = 30


class GatehouseFailed(Exception):
    """Gatehouse did not do what it was asked; the message is what it said."""


def _command() -> list[str]:
    return shlex.split(os.environ.get("GATEHOUSE_COMMAND", "gatehouse"))


class Gatehouse:
    """A running Gatehouse on a folder that is gone afterwards, and on free ports.

    ``seed`` is the path of a seed file, ``flags`` are further flags of ``gatehouse up``.
    """

    def __init__(self, seed: Optional[str] = None, flags: Sequence[str] = ()) -> None:
        words = [*_command(), "up", "--ephemeral", "--json", *(["--seed", seed] if seed else []), *flags]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith("{"):
            raise GatehouseFailed(f"{shlex.join(words)} ended with {self._process.wait()}")
        ready = json.loads(line)
        self._data: str = ready["data"]
        #: The HTTPS endpoint, as AWS_ENDPOINT_URL has it.
        self.endpoint: str = ready["endpoint"]
        #: The plain HTTP endpoint: no certificate to trust.
        self.http_endpoint: str = ready["httpEndpoint"]
        #: The variables that point every AWS client at it, as the administrator.
        self.environment: Mapping[str, str] = ready["environment"]

    def reset(self) -> None:
        """Goes back to how it was after its start and seed."""
        done = subprocess.run([*_command(), "reset", "--data", self._data], capture_output=True, text=True)
        if done.returncode != 0:
            raise GatehouseFailed(done.stderr)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(_STOP_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()
