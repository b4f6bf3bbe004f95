"""What the lists that are read together share: room for pages, open windows, and turns."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from source_askelephant.reading.outgoing import Outgoing


class OpenWindows:
    """Counts the open windows of each list. Shared by threads.

    Each list has one from the beginning, so that a small list doesn't wait behind a large one. What its end sets free
    goes to whichever list asks first.

    Args:
        workers: how many windows are wanted at once.
        stream_names: of the lists.
    """

    def __init__(self, workers: int, stream_names: Sequence[str]) -> None:
        self.workers = workers
        self._lock = threading.Lock()
        self._windows = dict.fromkeys(stream_names, 1)

    def spare(self, stream_name: str, windows: int) -> int:
        """Note how many windows a list has open; return how many more there may be. 0 or less: no more."""
        with self._lock:
            self._windows[stream_name] = windows
            return self.workers - sum(self._windows.values())


class Turns:
    """Lets readers in, of all lists that are read together. Shared by threads.

    A flood whose cursors the API refuses is read while nobody else reads, in whichever list: cursors may last only as
    long as nobody else asks.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._reading = 0
        self._alone = 0  # readers that read alone, or wait for it

    @contextmanager
    def take(self, *, alone: bool) -> Iterator[None]:
        """Wait for a turn, and count as one that reads while the block runs."""
        with self._changed:
            self._alone += alone
            self._changed.wait_for(lambda: not (self._reading if alone else self._alone))
            self._reading += 1
        try:
            yield
        finally:
            with self._changed:
                self._reading -= 1
                self._alone -= alone
                self._changed.notify_all()


class Shared(NamedTuple):
    """What the lists of one read share.

    Attributes:
        outgoing: where their records go; it has room for so many.
        open_windows: how many they may have.
        turns: who may read at the moment.
    """

    outgoing: Outgoing
    open_windows: OpenWindows
    turns: Turns
