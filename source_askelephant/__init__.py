"""Airbyte source for AskElephant: reads contacts and the lists that hang on them, completely and fast."""

from source_askelephant.source import SourceAskElephant

__all__ = ["SourceAskElephant"]
