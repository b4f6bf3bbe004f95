"""Requests to the API, its answers, and how they fail.

Read ``transport``, ``authentication`` (with ``oauth``) and ``pages`` first; then ``problem_details``, ``error_table``,
``retries``, and ``throttle`` with ``rate_control`` below it. ``redaction`` keeps credentials out of all output.
"""
