"""The Date header: what time an answer says it is."""

from emulator.clock import Clock
from emulator.instants import SECOND, http_date
from emulator.settings import Settings


class Dates:
    """Dates of answers, as the settings say: true, off, from a cache, or none. Not thread-safe."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._clock = clock
        self._is_absent = settings.date_absent
        self._skew = round(settings.date_skew_seconds * SECOND)
        self._kept = round(settings.date_cached_seconds * SECOND)
        self._cached: int | None = None

    def header(self) -> str | None:
        """The header of an answer that leaves now, None if it has none."""
        if self._is_absent:
            return None
        now = self._clock.now()
        if self._kept:
            if self._cached is None or now > self._cached + self._kept:
                self._cached = now
            now = self._cached
        return http_date(now + self._skew)
