"""Asks an API of AskElephant, politely and reading only, what nobody could find out without a key.

``make probe CONFIG=secrets/config.json``. The report holds no personal data and no secret: names of fields and headers,
types, counts, status codes and differences of clocks; no id and no text that the API sent. See docs/probe.md.

Read ``findings`` first, then ``asking`` and ``session``, the questions (``access``, ``paging``, ``ties``, ``bounds``,
``cursors``, ``records``, ``answers``, ``unasked``, ``load``), and ``report``. What of the API's may stand in a report
passes ``names``.
"""
