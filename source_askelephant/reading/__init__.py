"""One read of one list. Read ``traversal`` first, then ``worklist``, ``paginator`` and ``windows``."""
