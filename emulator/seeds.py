"""When made-up records were made and last changed, in the shape that the settings ask for.

Everything comes from the seed: the same settings give the same records, but for the instants, which end ten
minutes before the clock's now unless `newest` says otherwise.
"""

from collections.abc import Iterator
from itertools import chain, repeat
from random import Random

from emulator import instants
from emulator.instants import DAY, LAST, SECOND
from emulator.settings import Settings

HISTORY = 730 * DAY
BURST_SHARE = 0.6
BURST_LENGTH = 7_200 * SECOND
FLOOD_SIZE = 6_000
AGE_OF_NEWEST = 600 * SECOND


def stamps(count: int, settings: Settings, now: int, random: Random) -> Iterator[tuple[int, int]]:
    """updated_at and created_at of so many records in microseconds; `now` is the clock's."""
    step = settings.stored_step
    newest = now - AGE_OF_NEWEST if settings.newest is None else instants.parse(settings.newest)
    ahead = min(count, settings.future_contacts)
    past = _instants(count - ahead, settings, newest, random)
    for instant in chain(past, repeat(_future(settings, now), ahead)):
        updated_at = instant // step * step
        age = int(random.random() ** 3 * 400 * DAY) if random.random() < 0.7 else 0
        yield updated_at, (updated_at - age) // step * step


def _future(settings: Settings, now: int) -> int:
    """updated_at of the records in the future, in microseconds."""
    seconds = settings.future_seconds
    return LAST if seconds is None else min(LAST, now + round(seconds * SECOND))


def _instants(count: int, settings: Settings, newest: int, random: Random) -> list[int]:
    """updated_at of each record of the past in microseconds, the latest of them exactly `newest`."""
    if settings.shape == "ties":
        return _ties(count, settings.tie_size, newest, random)
    crowded = []
    middle = newest - HISTORY // 2 - int(random.random() * SECOND)
    if settings.shape == "burst":
        crowded = [middle + int(random.random() * BURST_LENGTH) for _ in range(int(count * BURST_SHARE))]
    elif settings.shape == "flood":
        size = FLOOD_SIZE if settings.flood_size is None else settings.flood_size
        crowded = [middle] * min(count, size)
    return crowded + _spread(count - len(crowded), newest, random)


def _spread(count: int, newest: int, random: Random) -> list[int]:
    gap = HISTORY / max(count, 1)
    return [newest - int((index + random.random()) * gap) * (index > 0) for index in range(count)]


def _ties(count: int, size: int | None, newest: int, random: Random) -> list[int]:
    found: list[int] = []
    instant = newest
    gap = (size or 4) * HISTORY / max(count, 1)
    while len(found) < count:
        found += [instant] * (size or random.randint(2, 7))
        instant -= int((0.5 + random.random()) * gap)
    return found[:count]


def in_runs(count: int, run: int, share: float, random: Random) -> Iterator[int]:
    """Places below `count`: of the runs of so many places that follow one another, this share of them, chosen."""
    runs = range(-(-count // run))
    chosen = random.sample(runs, round(share * len(runs)))
    return (place for each in chosen for place in range(each * run, min(count, each * run + run)))
