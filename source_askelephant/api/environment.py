"""What the environment says of the way to the API: proxies and certificate authorities.

It is read as requests reads it, but once, and what can't work is told of before anything is sent.
"""

import ipaddress
import os
import re
import ssl
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from requests.utils import get_auth_from_url, prepend_scheme_if_needed, select_proxy
from urllib3.util import parse_url

from source_askelephant.errors import ConfigError

_AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # the first that isn't empty counts
_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.\d+")  # OpenSSL finds no other file in a folder


def is_loopback(host: str) -> bool:
    """Whether a host, as ``urlsplit`` gives it, is this machine itself: no network sees what is sent there.

    ``localhost.`` isn't: a name server is asked for it.
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Environment(NamedTuple):
    """The environment's settings for one address, as a session of requests takes them.

    Attributes:
        proxies: by scheme.
        verify: the file or folder with the certificate authorities, True for the usual ones.
    """

    proxies: dict[str, str]
    verify: bool | str


def read_environment(api_url: str) -> Environment:
    """Read the settings that count for an address.

    An address of this machine is never reached through a proxy: it may be plain http, and the proxy would see the key.

    Raises:
        ConfigError: if one can't work; it names the variable.
    """
    found: Mapping[str, Any] = requests.Session().merge_environment_settings(api_url, {}, None, None, None)
    url = urlsplit(api_url)
    environment = Environment({} if is_loopback(url.hostname or "") else found["proxies"], found["verify"])
    if url.scheme == "https" and isinstance(environment.verify, str):
        _check_authorities(environment.verify)
    if proxy := select_proxy(api_url, environment.proxies):
        _check_proxy(proxy, _variable("https" if "https" in environment.proxies else "all"))
    return environment


def _check_authorities(path: str) -> None:
    variable = next(name for name in _AUTHORITIES if os.environ.get(name))
    try:
        if not Path(path).is_dir():
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
            return
        if any(_HASHED_NAME.fullmatch(file.name) for file in Path(path).iterdir()):
            return
        why = 'is a folder without certificates under hashed names (the command "openssl rehash" makes them)'
    except ssl.SSLError:
        why = "holds no certificate that can be read (PEM: -----BEGIN CERTIFICATE-----)"
    except OSError as error:
        why = f"can't be opened ({error.strerror})"
    raise ConfigError(
        f"The environment variable {variable} names {path!r}, which {why}. Point it to the file with the certificates "
        "of your certificate authorities, or remove the variable."
    )


def _check_proxy(proxy: str, variable: str) -> None:
    """Refuse what is no address of a proxy. The message doesn't show it: there may be a password in it."""
    try:
        url = parse_url(prepend_scheme_if_needed(proxy, "http"))  # type: ignore[no-untyped-call]
        host = (url.host or "").encode("idna")  # which connecting does, too
        "".join(get_auth_from_url(proxy)).encode("latin-1")  # as does signing in
    except ValueError:  # urllib3's LocationParseError, and UnicodeError
        host = b""
    # A path is passed over, but an @ in it means that a password holds a bare slash: its rest would be the host.
    if (
        not host
        or b" " in host  # which urllib3 finds only since 2.8
        or "@" in (url.path or "")
        or not re.fullmatch("https?|socks[45][ah]?", url.scheme or "")
    ):
        raise ConfigError(
            f"The environment variable {variable} is not the address of a proxy. Write it like "
            "http://proxy.example.com:3128 "  # ignore-https-check: proxies are spoken to in plain HTTP, also of https
            "(in a user or password %40 for @, %2F for /), or remove the variable."
        )
    if url.scheme not in {"http", "https"} and find_spec("socks") is None:
        raise ConfigError(
            f"The environment variable {variable} names a SOCKS proxy, which needs the Python package PySocks. "
            "Install it (pip install PySocks), or name an HTTP proxy."
        )


def _variable(scheme: str) -> str:
    name = f"{scheme}_proxy"
    return name if os.environ.get(name) else name.upper()
