"""The workspace: the records of all five lists, which belong together."""

from collections.abc import Mapping

from emulator.clock import Clock
from emulator.collection import Collection
from emulator.companies import Companies
from emulator.engagements import Engagements, Others
from emulator.lists import ListName
from emulator.makers import Maker
from emulator.people import Contacts, Users
from emulator.processing import Processing
from emulator.seeds import stamps
from emulator.settings import Settings
from emulator.tags import Tags


class Workspace:
    """One collection for each list. Contacts and engagements refer to records of the others' start."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        companies, users, tags = (self._filled(make(settings)) for make in (Companies, Users, Tags))
        people = Contacts(settings, companies.ids())
        contacts = self._filled(people)
        others = Others(companies.ids(), users.ids(), tags.ids(), people.by_company)
        maker = Engagements(settings, others)
        engagements = self._filled(maker)
        self.processing = Processing(engagements, maker)
        """What happens to engagements with each page of them."""
        self._collections: Mapping[ListName, Collection] = {
            "contacts": contacts,
            "companies": companies,
            "users": users,
            "tags": tags,
            "engagements": engagements,
        }

    def __getitem__(self, of: ListName) -> Collection:
        """The collection of this list."""
        return self._collections[of]

    def _filled(self, maker: Maker) -> Collection:
        """The maker's list, with as many records as the settings say."""
        settings = self._settings
        made = stamps(settings.counts[maker.of], settings, self._clock.now(), maker.random)
        return Collection(settings, self._clock, maker, maker.begun(maker.new(*each) for each in made))
