"""The configuration. Read ``models`` first, then ``validators``, ``parsing`` and ``spec``."""
