"""Made-up companies."""

from typing_extensions import override

from emulator.filters import Mark
from emulator.makers import LEFT_OUT, Maker, encoded
from emulator.store import Item
from emulator.words import COMPANY_FORMS, COMPANY_NAMES, INDUSTRIES, NOTES, TOP_LEVELS


class Companies(Maker):
    """An endless supply of companies."""

    of = "companies"
    prefix = "cmp_"

    @override
    def new(self, updated_at: int, created_at: int) -> Item:
        chance = self.random.random
        company_id, number = self._identifier(self.prefix), self._next()
        given = f"{self.random.choice(COMPANY_NAMES)} {number} {self.random.choice(COMPANY_FORMS)}"
        name = given if chance() < 0.97 else None
        tops = self.random.sample(TOP_LEVELS, self.random.choice((0, 1, 1, 1, 2)))
        domains = [f"Company{number}.example.{top}" for top in tops]
        website = f"https://company{number}.example.com"
        crm_id = str(700_000 + number) if chance() < 0.6 else None
        crm = {"object_type": "company", "crm_object_id": crm_id, "source": "hubspot"}
        fields = {
            "object": "company",
            "id": company_id,
            "name": name,
            "description": self._perhaps(0.2, NOTES) or LEFT_OUT,
            "industry": self._perhaps(0.6, INDUSTRIES) or LEFT_OUT,
            "website": website if domains else LEFT_OUT,
            "number_of_employees": int(10 ** (chance() * 5)) if chance() < 0.5 else LEFT_OUT,
            "logo_url": f"{website}/logo.png" if chance() < 0.2 else LEFT_OUT,
            "crm_association": crm if crm_id else LEFT_OUT,
            "domains": [{"domain": each, "is_primary": each == domains[0]} for each in domains] or LEFT_OUT,
            "created_at": self.render(created_at),
            "updated_at": self.render(updated_at),
        }
        marks: list[Mark] = [("domain", each.casefold()) for each in domains]
        if crm_id:
            marks.append(("crm_associations", f"company {crm_id}"))
        return Item((updated_at, company_id), encoded(fields), (name or "").casefold(), tuple(marks))
