"""One read of one list.

Read ``traversal`` first, then ``worklist`` and ``paginator``, with ``seam``, ``placed_page``, ``flood``,
``narrowing`` and ``tail``; ``windows`` says where to cut. ``engine`` runs it, beside others with what is in
``shared``; ``progress`` logs, and ``schema_drift`` compares records with the schema.
"""
