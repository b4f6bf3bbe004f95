"""Servers that a test makes up: on loopback ports (plain, with TLS, a proxy) or with requests_mock."""

import json
import selectors
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
from typing_extensions import override

ANYWHERE = "https://api.example.com/api"
"""An address for requests_mock."""
SERVED_AT = {"Date": "Tue, 03 Mar 2026 18:00:00 GMT"}
"""The header that tells a server's clock."""


def page(records: list[dict[str, Any]], cursor: str | None = None) -> dict[str, Any]:
    """A page of the API's list; one with a cursor says that there is more."""
    return {"object": "list", "data": records, "has_more": cursor is not None, "next_cursor": cursor}


def asked_for(request: Any) -> dict[str, str]:
    """The parameters of a request to requests_mock; the filters under the names of their operators: gte and lt."""
    return {name.removeprefix("filter[updated_at][").rstrip("]"): value for name, (value,) in request.qs.items()}


def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def forget_proxies(patch: pytest.MonkeyPatch) -> None:
    """Take this machine's proxies and certificates out of the environment."""
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        patch.delenv(name, raising=False)
        patch.delenv(name.lower(), raising=False)


class Server(ThreadingHTTPServer):
    """Answers every GET with the same status, headers and body; counts, and keeps the request's headers.

    Attributes:
        requests: headers of each request.
        path: of the last request.
    """

    def __init__(self, handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.requests: list[dict[str, str]] = []
        self.status, self.headers, self.body = 200, {}, b""  # type: int, dict[str, str], bytes
        self.tls = tls
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that leave in the middle are what the tests are about."""


class Answer(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.requests.append(dict(self.headers))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Print nothing."""


class Deaf(Answer):
    """It knows only plain text, and what comes is none: https is wanted of it."""

    @override
    def handle(self) -> None:
        self.server.requests.append({})
        self.connection.recv(65_536)
        self.connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


class Proxy(Answer):
    """Passes requests on: whole ones of http, and tunnels for https. With a status other than 200, it refuses them.

    Every host to which it makes a tunnel is on this machine, whatever its name.
    """

    @override
    def do_GET(self) -> None:
        self.server.requests.append(dict(self.headers))
        url = urlsplit(self.path)
        upstream = HTTPConnection(url.netloc)
        upstream.request("GET", f"{url.path}?{url.query}", headers=dict(self.headers))
        answer = upstream.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        upstream.close()

    def do_CONNECT(self) -> None:
        self.server.requests.append(dict(self.headers))
        if self.server.status != 200:
            self.send_error(self.server.status)
            return
        port = int(self.path.rpartition(":")[2])
        # Not select(): it fails once the process has more than a thousand files open.
        with socket.create_connection(("127.0.0.1", port)) as upstream, selectors.DefaultSelector() as ends:
            self.send_response(200)
            self.end_headers()
            ends.register(self.connection, selectors.EVENT_READ, data=(self.connection, upstream))
            ends.register(upstream, selectors.EVENT_READ, data=(upstream, self.connection))
            while True:
                for ready, _ in ends.select():
                    source, target = ready.data
                    data = source.recv(65_536)
                    if not data:
                        return
                    target.sendall(data)


class InFront(Answer):
    """Asks an emulator, and hands its pages out changed. A subclass says what is changed.

    Attributes:
        emulator: its address.
    """

    emulator: ClassVar[str]

    def path_there(self) -> str:
        """What the emulator is asked for."""
        return self.path

    def change(self, page: dict[str, Any]) -> None:
        raise NotImplementedError

    @override
    def do_GET(self) -> None:
        upstream = HTTPConnection(urlsplit(self.emulator).netloc)
        upstream.request("GET", self.path_there(), headers={"Authorization": self.headers["Authorization"]})
        answer = upstream.getresponse()
        document = json.loads(answer.read())
        upstream.close()
        if "data" in document:
            self.change(document)
        body = json.dumps(document).encode()
        self.server.requests.append({"path": self.path})
        self.send_response_only(answer.status)  # its Date would be a second one
        for name in ("Date", "Retry-After", "Content-Type"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serve(handler: type[BaseHTTPRequestHandler] = Answer, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Serve until the block ends."""
    with Server(handler, tls) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
