"""The configuration. Read ``models`` first, then ``validators``, ``parsing``, ``spec`` and ``signing``."""
