"""The emulator as an object: a server in a thread of its own."""

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any

from aiohttp import web
from typing_extensions import Self

from emulator import control
from emulator.api import Api, Served, Stats
from emulator.faults import Fault, FaultPlan, Kind, default_times
from emulator.http_handler import Handler
from emulator.lists import ListName
from emulator.settings import PREFIX, Settings

GRACE_SECONDS = 0.1
"""How long requests under way may go on when the emulator closes."""


class Emulator:
    """AskElephant on this machine, from the moment it is made until `close()` or the end of a with statement.

    Methods may be called from any thread; what they change shows in every answer made after they return, unless the
    settings ask for a server that is behind (`advance()` lets it catch up). What was seen and left can still
    be asked for after the end. `of` names a list, contacts if left out. See Collection for create, update and delete.

    Args:
        settings: what it is told; the defaults if left out.
        port: 0 takes any free port.
        host: a loopback address; the emulator is not made to be reached from elsewhere.

    Raises:
        ValueError: when the host is not a loopback address.
        OSError: when the port is taken.
    """

    def __init__(self, settings: Settings | None = None, *, port: int = 0, host: str = "127.0.0.1") -> None:
        self._socket = _listen(_loopback(host), port)
        self.origin = _origin_of(self._socket)
        """The URL without a path: `/_emulator/…` stands below it."""
        try:
            self._handler = Handler(Api(settings or Settings()))
        except BaseException:
            self._socket.close()
            raise
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="emulator", daemon=True)
        self._thread.start()
        self._ready.wait()

    @property
    def url(self) -> str:
        """The base URL of the API, such as http://localhost:8765/api."""
        return f"{self.origin}{PREFIX}"

    @property
    def settings(self) -> Settings:
        """What it was told last."""
        return self._handler.api.settings

    @property
    def requests(self) -> list[Served]:
        """What the API was asked, in the order of arrival (copies)."""
        return self._handler.api.requests()

    def clear_log(self) -> None:
        """Forget the requests so far."""
        self._handler.api.clear_log()

    def stats(self) -> Stats:
        """Counts only."""
        return self._handler.api.stats()

    def snapshot(self, of: ListName = "contacts", expand: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
        """All records of a list by id, as the API would give them now, in the order of (updated_at, id).

        Args:
            of: the list.
            expand: parts that come with each record, whatever scopes they take.
        """
        return control.snapshot(self._handler.api, of, expand)

    def create(self, count: int, at: str | None = None, of: ListName = "contacts") -> list[str]:
        """Add records; returns their ids. `at` stamps them with that instant instead of the clock's."""
        with self._handler.api.lock:
            return self._handler.api.workspace[of].create(count, at)

    def update(self, which: Iterable[str] | int, at: str | None = None, of: ListName = "contacts") -> dict[str, str]:
        """Change these records, or so many; returns their new updated_at by id. KeyError for unknown ids."""
        with self._handler.api.lock:
            return self._handler.api.workspace[of].update(which, at)

    def delete(self, which: Iterable[str] | int, of: ListName = "contacts") -> list[str]:
        """Delete these records, or so many; returns their ids. KeyError for unknown ids."""
        with self._handler.api.lock:
            return self._handler.api.workspace[of].delete(which)

    def advance(self, seconds: float) -> None:
        """So much time passes at once, on a virtual clock as on a real one: what is behind catches up."""
        control.advance(self._handler.api, seconds)

    def fail_next(self, fault: Fault | Kind, *, times: int | None = None, after: int = 0, every: int = 1) -> None:
        """Let a fault strike requests that come; see FaultPlan.

        Faults queue up: a request struck by one is not counted by those pushed later.

        Args:
            fault: the fault, or its kind.
            times: how often it strikes; FOREVER for no end; by default once, a repeated cursor FOREVER.
            after: how many requests are let through first.
            every: of those that follow, each so-many-th is struck.
        """
        fault = fault if isinstance(fault, Fault) else Fault(fault)
        times = default_times(fault) if times is None else times
        with self._handler.api.lock:
            self._handler.api.script().push(FaultPlan(fault, times, after, every))

    def clear_faults(self) -> None:
        """Forget every fault in waiting."""
        control.clear_faults(self._handler.api)

    def calm_down(self) -> None:
        """From now on requests change nothing any more, until a reset."""
        for pager in self._handler.api.pagers.values():
            pager.calm = True

    def revoke(self) -> None:
        """From now on all credentials get 401, until a reset."""
        self._handler.api.revoke()

    def revoke_refresh_token(self) -> None:
        """From now on no refresh token is accepted, until a reset; access tokens live on to their end."""
        self._handler.api.revoke_refresh_token()

    def reset(self, settings: Settings | None = None) -> None:
        """Start anew on the same port: new data, empty log, no faults; the present settings if left out."""
        self._handler.api = Api(settings or self.settings)

    def close(self) -> None:
        """End the server, whatever its clients are doing. May be called twice."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = web.Server(self._handler, handler_cancellation=True, access_log=None)
        listener = await self._loop.create_server(server, sock=self._socket)
        self._ready.set()
        await self._stop.wait()
        listener.close()
        await server.shutdown(GRACE_SECONDS)


def _loopback(host: str) -> str:
    if host == "localhost":
        return "127.0.0.1"
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise ValueError(f"The emulator serves this machine only: {host!r} is not a loopback address.")
    return host


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except BaseException:
        listener.close()
        raise
    return listener


def _origin_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"  # ignore-https-check: this machine
