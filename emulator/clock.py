"""The emulator's own clock, which need not agree with the machine's."""

import time

from emulator import instants
from emulator.settings import Settings


class Clock:
    """Real time plus the skew, or the virtual clock of the settings (which the skew moves as well)."""

    def __init__(self, settings: Settings) -> None:
        self.advanced = 0.0
        """Seconds that have passed at once."""
        self._skew = round(settings.clock_skew_seconds * instants.SECOND)
        self._tick = settings.clock.tick_ms * 1_000 if settings.clock else 0
        self._virtual = instants.parse(settings.clock.start) if settings.clock else None

    def now(self) -> int:
        """Microseconds since 1970."""
        real_or_virtual = time.time_ns() // 1_000 if self._virtual is None else self._virtual
        return real_or_virtual + self._skew

    def tick(self) -> None:
        """Something happened: a virtual clock moves on, real time does so anyway."""
        if self._virtual is not None:
            self._virtual += self._tick

    def advance(self, seconds: float) -> None:
        """So much time passes at once, on a virtual clock as on a real one."""
        self.advanced += seconds
        self._skew += round(seconds * instants.SECOND)
