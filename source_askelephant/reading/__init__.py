"""One read of one list.

Read ``traversal`` first, then ``worklist``, ``paginator``, ``windows`` and ``tail``. ``engine`` runs it,
``progress`` logs, and ``schema_drift`` compares records with the schema.
"""
