"""How a long-running process learns that it should end."""

from __future__ import annotations

import os
import select
import signal
import threading

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGINT)
STANDARD_INPUT = 0


class Ending:
    """Set by SIGTERM, SIGINT or `set()`. A pipe, because a signal handler must take no lock."""

    def __init__(self) -> None:
        self._reads, self._writes = os.pipe()

    def listen(self) -> None:
        """Let the ending signals set it from now on. Only in the main thread."""
        for number in ENDING_SIGNALS:
            signal.signal(number, lambda _number, _frame: self.set())

    def set(self) -> None:
        """It is time to end."""
        os.write(self._writes, b".")

    def wait(self, seconds: float) -> bool:
        """Wait so long at most. True, and at once, when it is time to end."""
        readable, _, _ = select.select([self._reads], [], [], seconds)
        return bool(readable)

    def is_set(self) -> bool:
        """Whether it is time to end."""
        return self.wait(0)


def wake_for_endings() -> None:
    """See to it that an ending signal wakes the main thread, whichever thread it came to.

    Python runs handlers in the main thread. Where that waits for a lock and the signal came to
    another thread, it sleeps on, and the process does not end. Only in the main thread.
    """
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
    main = threading.get_ident()

    def watch() -> None:
        while (number := os.read(reads, 1)[0]) not in ENDING_SIGNALS:
            pass
        signal.pthread_kill(main, number)

    threading.Thread(target=watch, name="watch signals", daemon=True).start()


def end_with_parent() -> None:
    """End this process when its parent ends, however that happens, even by SIGKILL.

    The parent holds the other end of our standard input and never writes to it.
    """

    def watch() -> None:
        while os.read(STANDARD_INPUT, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="watch parent", daemon=True).start()
