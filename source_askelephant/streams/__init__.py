"""The streams of the source: one module each, facts only; ``base`` owns the behaviour. Read ``contacts`` first."""

from source_askelephant.streams.base import ListStream
from source_askelephant.streams.companies import Companies
from source_askelephant.streams.contacts import Contacts
from source_askelephant.streams.engagements import Engagements
from source_askelephant.streams.tags import Tags
from source_askelephant.streams.users import Users

STREAMS: tuple[type[ListStream], ...] = (Contacts, Companies, Users, Tags, Engagements)
