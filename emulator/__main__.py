"""`python -m emulator`: serves until it is interrupted."""

import argparse
import json
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import Field, fields
from typing import Any

from emulator.emulator import Emulator
from emulator.faults import KINDS
from emulator.kinds import Kinds
from emulator.settings import Churn, Settings, VirtualClock

DEFAULT_PORT = 8765
DEFAULT_COUNTS: Mapping[str, int] = {
    "contacts": 5000,
    "companies": 800,
    "users": 40,
    "tags": 30,
    "engagements": 1200,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve as the command line says, until SIGINT or SIGTERM. Returns the exit status."""
    parser = _parser()
    given = vars(parser.parse_args(arguments))
    host, port = given.pop("host"), given.pop("port")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        settings = _settings(given)
        emulator = Emulator(settings, port=port, host=host)
    except (TypeError, ValueError) as error:
        parser.error(str(error))
    except OSError as error:
        sys.stderr.write(f"Port {port} on {host} cannot be used: {error.strerror}. Choose another with --port.\n")
        return 1
    with emulator:
        counts = ", ".join(f"{count:,} {name}" for name, count in settings.counts.items())
        sys.stdout.write(f"AskElephant emulator: {emulator.url} ({counts})\n")
        sys.stdout.write(f"API key: {settings.api_key}\n")
        sys.stdout.flush()
        # A wait without end could not be interrupted on every system.
        while not stop.wait(0.5):
            pass
    return 0


def _parser() -> argparse.ArgumentParser:
    kinds = "\n".join(f"  {kind:<17} {text}" for kind, text in KINDS.items())
    parser = argparse.ArgumentParser(
        prog="python -m emulator",
        description="AskElephant's API on this machine, with made-up people, companies and meetings.",
        epilog=f"kinds of faults:\n{kinds}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="loopback address (default: %(default)s)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0: any free one (default: %(default)s)")
    inherited = {field.name for field in fields(Kinds)}
    for field in fields(Settings):
        if field.name not in inherited:
            _add(parser, field, default=DEFAULT_COUNTS.get(field.name, field.default))
    kinds_of_server = parser.add_argument_group("other kinds of server that keep the documented contract, too")
    for field in fields(Kinds):
        _add(kinds_of_server, field, default=field.default)
    for field in fields(Churn):
        _add(parser, field, "churn-", default=field.default)
    for field in fields(VirtualClock):
        _add(parser, field, "clock-", default=None)
    parser.add_argument(
        "--fault",
        action="append",
        dest="faults",
        type=_fault,
        metavar="FAULT",
        help='something that goes wrong: a kind, or such as {"kind": "status", "status": 503, "every": 10, '
        '"times": 0}, where times 0 is without end; may be given several times',
    )
    return parser


def _add(parser: argparse._ActionsContainer, field: Field[Any], prefix: str = "", *, default: object) -> None:
    """The option for a settings field; the fields made of other settings have options of their own."""
    if "kind" not in field.metadata:
        return
    flag = f"--{prefix}{field.name.replace('_', '-')}"
    text, kind = field.metadata["help"].replace("%", "%%"), field.metadata["kind"]
    if kind is bool:
        parser.add_argument(flag, action="store_true", help=text)
        return
    choices = field.metadata["choices"] or None
    if kind is tuple:
        metavar = None if choices else "SCOPE"
        parser.add_argument(flag, nargs="*", default=default, choices=choices, metavar=metavar, help=text)
    else:
        metavar = None if choices else {int: "N", float: "N", str: "TEXT"}[kind]
        text = text if default is None else f"{text} (default: %(default)s)"
        parser.add_argument(flag, type=kind, default=default, choices=choices, metavar=metavar, help=text)


def _settings(given: dict[str, Any]) -> Settings:
    """The settings in the parsed options. Raises what Settings.changed does."""
    churn = {field.name: given.pop(f"churn_{field.name}") for field in fields(Churn)}
    clock = {field.name: given.pop(f"clock_{field.name}") for field in fields(VirtualClock)}
    clock = {name: value for name, value in clock.items() if value is not None}
    faults = given.pop("faults") or []
    return Settings().changed({**given, "churn": churn, "clock": clock or None, "faults": faults})


def _fault(text: str) -> Any:
    return json.loads(text) if text.startswith("{") else {"kind": text}


if __name__ == "__main__":
    sys.exit(main())
