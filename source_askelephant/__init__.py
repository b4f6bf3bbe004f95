"""Airbyte source for AskElephant: reads a workspace's contacts, completely and fast."""

from source_askelephant.source import SourceAskElephant

__all__ = ["SourceAskElephant"]
