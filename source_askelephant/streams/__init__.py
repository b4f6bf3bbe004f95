"""The streams of the source: one module each, facts only; ``base`` owns the behaviour. Read ``contacts`` first."""

from source_askelephant.streams.base import ListStream
from source_askelephant.streams.contacts import Contacts

STREAMS: tuple[type[ListStream], ...] = (Contacts,)
