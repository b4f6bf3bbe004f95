"""A faithful local emulator of AskElephant's public API, for tests, demo and benchmarks.

It answers GET /api/v2/contacts, and companies, users, tags and engagements, as the vendor's reference and guides say,
and POST /api/v1/oauth/token as RFC 6749 does; and it goes wrong in every way that an API can, on request. It shares no
code with the connector.
`python -m emulator --help` tells what it can be told.
"""

from emulator.api import Served, Stats
from emulator.emulator import Emulator
from emulator.faults import FOREVER, Fault, FaultPlan
from emulator.settings import Churn, Settings, VirtualClock

__all__ = [
    "FOREVER",
    "Churn",
    "Emulator",
    "Fault",
    "FaultPlan",
    "Served",
    "Settings",
    "Stats",
    "VirtualClock",
]
