"""HTTP in and out: aiohttp requests to visits, answers to responses, and faults that need the bare connection."""

import asyncio
import socket
import struct
import time

from aiohttp import web
from typing_extensions import override

from emulator import control
from emulator.api import Api, Served
from emulator.problems import Answer

HALVED = frozenset({"short_body", "silence_mid_body"})


class Handler:
    """Answers every request. `api` can be exchanged at any time; requests under way keep theirs."""

    def __init__(self, api: Api) -> None:
        self.api = api

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        """One request, from its arrival to its response; cancelled when the client goes away."""
        if request.path.startswith(control.PREFIX):
            answer = control.handle(self, request.method, request.path, request.query, await request.content.read())
        else:
            answer = await self._serve(request)
        return _response(answer, self.api)

    async def _serve(self, request: web.BaseRequest) -> Answer:
        api = self.api
        pairs = list(request.query.items())
        served = Served(
            method=request.method,
            path=request.path,
            params=dict(reversed(pairs)),
            headers={name.lower(): value for name, value in request.headers.items()},
            received=time.monotonic(),
        )
        visit = api.receive(served, pairs, await request.content.read())
        try:
            if api.settings.latency_ms:
                await asyncio.sleep(api.settings.latency_ms / 1_000)
            answer = api.answer(visit)
            if visit.fault is not None:
                await _break(request, visit.fault.kind, answer, api)
        finally:
            api.leave(visit)
        return answer


class Undated(web.Response):
    """A response that aiohttp gives no Date of its own."""

    @override
    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self.headers.pop("Date", None)


def _headers(answer: Answer, api: Api) -> dict[str, str]:
    headers = {"Content-Type": answer.content_type, "Server": "emulator"}
    date = api.dates.header()
    if date is not None:
        headers["Date"] = date
    return {**headers, **answer.headers}


def _response(answer: Answer, api: Api) -> web.Response:
    kind = Undated if api.settings.date_absent else web.Response
    return kind(status=answer.status, body=answer.body, headers=_headers(answer, api))


async def _break(request: web.BaseRequest, kind: str, answer: Answer, api: Api) -> None:
    """What a fault does to the connection itself; returns only if it does nothing there.

    Whoever waits here is cancelled when the connection ends, from either side.
    """
    transport = request.transport
    if transport is None or kind not in HALVED | {"reset", "silence"}:
        return
    if kind in HALVED:
        transport.write(_first_half(answer, _headers(answer, api)))
    if kind == "short_body":
        transport.close()
    elif kind == "reset":
        # Closing with a linger time of zero sends RST instead of FIN.
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    await asyncio.Event().wait()


def _first_half(answer: Answer, headers: dict[str, str]) -> bytes:
    """An HTTP/1.1 answer whose Content-Length is true and whose body stops half-way."""
    lines = [f"HTTP/1.1 {answer.status} OK", *(f"{name}: {value}" for name, value in headers.items())]
    head = "\r\n".join([*lines, f"Content-Length: {len(answer.body)}", "", ""])
    return head.encode() + answer.body[: len(answer.body) // 2]
