"""Products that use a real SDK, each a program of its own in `products/`."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PROGRAMS = Path(__file__).parent / "products"
NODE_PACKAGES = Path(__file__).parents[2] / ".node-packages" / "node_modules"
PATIENCE = 90.0


@dataclass(frozen=True)
class Product:
    """A running product. It does what it is told, and sends when its SDK sees fit."""

    name: str
    process: subprocess.Popen[str]

    def do(self, command: str) -> str:
        """Have it do something; returns what it says about it."""
        _pipe(self.process.stdin).write(f"{command}\n")
        _pipe(self.process.stdin).flush()
        said = _pipe(self.process.stdout).readline().strip()
        assert said, f"{self.name} ended at {command!r}"
        return said

    def finish(self) -> None:
        """Let it send what it still has, and end."""
        _pipe(self.process.stdin).close()
        assert self.process.wait(PATIENCE) == 0, self.name


@contextmanager
def running(program: str, host: str, key: str, *, gzip: bool = False) -> Iterator[Product]:
    """A product that sends to this host until the block ends, and is done then."""
    runtime = "node" if program.endswith(".cjs") else sys.executable
    arguments = [runtime, str(PROGRAMS / program), host, key, "gzip" if gzip else "plain"]
    environment = {**os.environ, "NODE_PATH": str(NODE_PACKAGES)}
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        product = Product(program, process)
        try:
            yield product
            product.finish()
        finally:
            process.kill()


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe
