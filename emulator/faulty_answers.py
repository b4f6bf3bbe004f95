"""What the answer to a request looks like that was struck by a fault."""

import json
from dataclasses import replace

from emulator.faults import Fault
from emulator.problems import TITLES, Answer, ProblemError

PAGE_OF_SOMEBODY_ELSE = b"<!doctype html><title>Sign in</title><p>Please sign in to continue.</p>"


def replacement(fault: Fault) -> Answer | None:
    """What is answered instead of looking at the request; None when the regular answer is needed."""
    if fault.kind == "status":
        status = 500 if fault.status is None else fault.status
        if fault.body is not None:
            return _answer(fault, status)
        title = TITLES.get(status, "Error")
        return ProblemError(
            status, title.lower().replace(" ", "-"), f"{title}, as scripted.", headers=fault.headers
        ).answer()
    if fault.kind == "body":
        return _answer(fault, 200 if fault.status is None else fault.status)
    if fault.kind == "redirect":
        status = 302 if fault.status is None else fault.status
        return Answer(status, headers={"Location": "/login", **fault.headers})
    if fault.kind == "html":
        return Answer(200, PAGE_OF_SOMEBODY_ELSE, "text/html; charset=utf-8")
    return Answer(200) if fault.kind == "empty" else None


def mangled(fault: Fault, answer: Answer) -> Answer:
    """The regular answer after the fault has been at it, as far as that shows in the HTTP message.

    What no longer is a complete page counts no records.
    """
    if fault.kind == "truncated_json":
        return replace(answer, body=answer.body[: len(answer.body) // 2], records=0)
    if fault.kind == "array" and answer.status == 200:
        document = json.loads(answer.body)
        return replace(answer, body=json.dumps(document.get("data", [document])).encode(), records=0)
    return answer if fault.kind == "repeated_cursor" else replace(answer, records=0)


def _answer(fault: Fault, status: int) -> Answer:
    if isinstance(fault.body, str):
        return Answer(status, fault.body.encode(), "text/plain; charset=utf-8", headers=fault.headers)
    return Answer(status, json.dumps(fault.body).encode(), headers=fault.headers)
