"""How many windows are open in all lists that are read together: as many as there are workers, and one in each list."""

import threading


class OpenWindows:
    """Counts the open windows of each list. Shared by threads.

    Each list has one from the beginning, so that a small list doesn't wait behind a large one. What its end sets free
    goes to whichever list asks first.

    Args:
        workers: how many windows are wanted at once.
        stream_names: of the lists.
    """

    def __init__(self, workers: int, stream_names: list[str]) -> None:
        self._workers = workers
        self._lock = threading.Lock()
        self._windows = dict.fromkeys(stream_names, 1)

    def spare(self, stream_name: str, windows: int) -> int:
        """Note how many windows a list has open; return how many more there may be. 0 or less: no more."""
        with self._lock:
            self._windows[stream_name] = windows
            return self._workers - sum(self._windows.values())
