"""Made-up tags."""

from typing_extensions import override

from emulator.makers import LEFT_OUT, Maker, encoded
from emulator.store import Item
from emulator.words import NOTES, TAG_NAMES


class Tags(Maker):
    """An endless supply of tags."""

    of = "tags"
    prefix = "tag_"

    @override
    def new(self, updated_at: int, created_at: int) -> Item:
        chance = self.random.random
        tag_id = self._identifier(self.prefix)
        fields = {
            "object": "tag",
            "id": tag_id,
            "name": f"{self.random.choice(TAG_NAMES)} {self._next()}",
            "hex_color": f"#{self.random.randrange(16**6):06x}" if chance() < 0.8 else None,
            "description": self._perhaps(0.5, NOTES),
            "auto_tagging_enabled": chance() < 0.5 if chance() < 0.7 else LEFT_OUT,
            "created_at": self.render(created_at),
            "updated_at": self.render(updated_at),
        }
        return Item((updated_at, tag_id), encoded(fields), "")
