"""Where the web process listens, and where this machine reaches it."""

from __future__ import annotations

import http.client
import socket
import time
from contextlib import suppress
from dataclasses import dataclass

from pql.faults import PlainError

PORT_PATIENCE = 3.0
"""Seconds: the workers of a server that was killed hold its port until they notice."""

EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - a lookup, nothing is bound
"""What stands for every address of the machine, and one that reaches it."""


class PortTaken(PlainError):
    """The address cannot be listened on."""

    def __init__(self, address: Address) -> None:
        super().__init__(
            f"cannot listen on {address}: another program does, or the host is not this machine's; "
            "end that program or choose another --port"
        )


@dataclass(frozen=True, slots=True)
class Address:
    """A host, by name or number, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def reached(self) -> Address:
        """The address at which a program on this machine reaches it."""
        return Address(EVERY_ADDRESS.get(self.host, self.host), self.port)

    @property
    def number(self) -> str:
        """The host as a number."""
        return self.host if ":" in self.host else socket.gethostbyname(self.host)

    def wait_until_free(self, patience: float = PORT_PATIENCE) -> None:
        """Return once the address can be listened on.

        Raises:
            PortTaken: it could not within `patience` seconds.
        """
        give_up_at = time.monotonic() + patience
        while not self._is_free():
            if time.monotonic() > give_up_at:
                raise PortTaken(self)
            time.sleep(0.1)

    def is_ready(self) -> bool:
        """Whether a service answers here that it is ready."""
        connection = http.client.HTTPConnection(str(self.reached), timeout=1)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _is_free(self) -> bool:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with (
            socket.socket(family) as attempt,
            suppress(OSError, TypeError, ValueError),
        ):  # a name may be none
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind((self.host, self.port))
            attempt.listen(1)
            return True
        return False
