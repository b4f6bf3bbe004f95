"""One read of one list.

Read ``traversal`` first, then ``worklist``, ``paginator``, ``windows`` and ``tail``. ``progress`` logs, and
``schema_drift`` compares records with the schema.
"""
