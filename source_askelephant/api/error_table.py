"""What a failed request means: the tables from a status or an exception to a decision.

The tables are complete: a status or an exception without a line of its own falls to its class's line.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

import requests
from airbyte_cdk.models import FailureType
from airbyte_cdk.sources.streams.http.error_handlers import ErrorHandler, ErrorResolution, ResponseAction
from requests import exceptions
from typing_extensions import override

from source_askelephant.api.limit_headers import parse_retry_after
from source_askelephant.api.pages import MalformedPageError, UnreadableError
from source_askelephant.api.problem_details import Problem, parse_problem
from source_askelephant.errors import RequestFailedError, quoted


class Decision(NamedTuple):
    """What a failed request means: who can fix it, whether to try again, and what the user should do.

    The advice may name ``{credential}``, ``{scope}`` and ``{url}``. Where only this list may be concerned, another one
    may be read all the same.
    """

    failure_type: FailureType
    retry: bool
    advice: str
    this_list: bool = False


_CONFIG, _TRANSIENT, _SYSTEM = FailureType.config_error, FailureType.transient_error, FailureType.system_error
_WAIT_AND_SYNC_AGAIN = "This usually passes: sync again later, and ask AskElephant if it stays."
_REPORT = "This is a defect of the connector or a change of the API: please report it with this message."
_CHECK_ADDRESS = "Check api_url, which is {url}: the production address is https://app.askelephant.ai/api."

# Statuses of API-FACTS: 400, 401, 403, 404, 422, 429, 500. The others come from proxies and gateways.
BY_STATUS: Mapping[int, Decision] = {
    400: Decision(_SYSTEM, retry=False, advice=_REPORT, this_list=True),
    401: Decision(
        _CONFIG,
        retry=False,
        advice=(
            "The connector sent {credential}. Make sure that this is its kind, that it was copied whole and has "
            "neither expired nor been revoked; otherwise make a new one with the scope {scope}."
        ),
    ),
    403: Decision(
        _CONFIG,
        retry=False,
        advice="The credential needs the scope {scope}: add it in AskElephant, or use a credential that has it.",
        this_list=True,
    ),
    404: Decision(_CONFIG, retry=False, advice=_CHECK_ADDRESS, this_list=True),
    407: Decision(_CONFIG, retry=False, advice="Check the user and password in HTTPS_PROXY."),
    408: Decision(_TRANSIENT, retry=True, advice=_WAIT_AND_SYNC_AGAIN),
    409: Decision(_TRANSIENT, retry=True, advice=_WAIT_AND_SYNC_AGAIN, this_list=True),
    422: Decision(_SYSTEM, retry=False, advice=_REPORT, this_list=True),
    425: Decision(_TRANSIENT, retry=True, advice=_WAIT_AND_SYNC_AGAIN),
    429: Decision(
        _TRANSIENT,
        retry=True,
        advice="Sync less often, lower num_workers, or ask AskElephant for a higher limit.",
    ),
}
BY_STATUS_CLASS: Mapping[int, Decision] = {
    3: Decision(_CONFIG, retry=False, advice="The key is not carried to another address. " + _CHECK_ADDRESS),
    4: Decision(_SYSTEM, retry=False, advice=_REPORT, this_list=True),
    5: Decision(_TRANSIENT, retry=True, advice=_WAIT_AND_SYNC_AGAIN, this_list=True),
}
_BAD_CERTIFICATE = Decision(
    _CONFIG,
    retry=False,
    advice=(
        "The server's certificate was not accepted. If a proxy of your network signs it, "
        "point REQUESTS_CA_BUNDLE to the file with its certificate authority."
    ),
)
_SPEAKS_HTTPS = Decision(
    _CONFIG, retry=False, advice="What answers there speaks https: write https:// in api_url, which is {url}."
)
# OpenSSL's names: for all that may be wrong with a certificate, and for an answer that isn't TLS.
_CERTIFICATE, _NO_TLS = "CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG"
# The first line decides whose class an exception is an instance of, and whose pattern is found in its text.
BY_EXCEPTION: tuple[tuple[type[exceptions.RequestException], str, Decision], ...] = (
    (exceptions.ProxyError, "Tunnel connection failed: 407", BY_STATUS[HTTPStatus.PROXY_AUTHENTICATION_REQUIRED]),
    (exceptions.ProxyError, _CERTIFICATE, _BAD_CERTIFICATE),
    (
        exceptions.ProxyError,
        _NO_TLS,
        Decision(
            _CONFIG,
            retry=False,
            advice="The proxy doesn't speak https: write the scheme http before its host in HTTPS_PROXY.",
        ),
    ),
    (
        exceptions.ProxyError,
        "",
        Decision(_TRANSIENT, retry=True, advice="Check HTTPS_PROXY and NO_PROXY, and that the proxy runs."),
    ),
    (exceptions.SSLError, _CERTIFICATE, _BAD_CERTIFICATE),
    (
        exceptions.SSLError,
        _NO_TLS,
        Decision(_CONFIG, retry=False, advice="What answers there doesn't speak https. " + _CHECK_ADDRESS),
    ),
    # A connection that breaks while it is being secured passes.
    (exceptions.SSLError, "", Decision(_TRANSIENT, retry=True, advice=_WAIT_AND_SYNC_AGAIN)),
    (exceptions.Timeout, "", Decision(_TRANSIENT, retry=True, advice=_WAIT_AND_SYNC_AGAIN)),
    (exceptions.ChunkedEncodingError, "", Decision(_TRANSIENT, retry=True, advice=_WAIT_AND_SYNC_AGAIN)),
    (exceptions.ContentDecodingError, "", Decision(_TRANSIENT, retry=True, advice=_WAIT_AND_SYNC_AGAIN)),
    (exceptions.InvalidURL, "", Decision(_CONFIG, retry=False, advice=_CHECK_ADDRESS)),
    (exceptions.ConnectionError, r"\\x15\\x03", _SPEAKS_HTTPS),  # how an alert of TLS begins, as Python writes it
    (
        exceptions.RequestException,
        "",
        Decision(_TRANSIENT, retry=True, advice=_CHECK_ADDRESS + " Check that this machine reaches it, too."),
    ),
)
MALFORMED = Decision(_TRANSIENT, retry=True, advice=_CHECK_ADDRESS)
UNREADABLE = Decision(_SYSTEM, retry=False, advice=_REPORT)

_HTTPS_WANTED = re.compile(b"(?i)plain http|http request.*https")  # how servers say it: nginx, Apache, Go
_USER = re.compile("//[^/]*@")
_URLLIB3_OBJECT = re.compile(r"^(?:<[^>]*>|\w+\([^)]*\)): ")


class ApiErrorHandler(ErrorHandler):
    """Turns a failed request into a RequestFailedError with a sentence for the user.

    It raises instead of returning a resolution: the CDK's own handling logs whole response bodies and replaces
    the message by a general one once retries are used up. Retrying is the caller's (see ``retries.py``).

    Args:
        api_url: the API's address, for messages.
        credential: what kind of credential is sent and how, for messages; never the credential itself.
        scope: the scope that the list needs, empty at the token endpoint.
        fields: by the beginning of a parameter's name, the field of the configuration that it comes from. The API
            names the one, the user knows the other.
        decisions: what some statuses mean where they mean something else than in the table.
    """

    def __init__(
        self,
        *,
        api_url: str,
        credential: str,
        scope: str = "",
        fields: Mapping[str, str] | None = None,
        decisions: Mapping[int, Decision] | None = None,
    ) -> None:
        self._names = {"url": api_url, "credential": credential, "scope": scope}
        self._fields = fields or {}
        self._by_status = {**BY_STATUS, **(decisions or {})}

    @property
    @override
    def max_retries(self) -> int:
        return 0

    @property
    @override
    def max_time(self) -> int:
        return 0

    @override
    def interpret_response(self, response: requests.Response | Exception | None) -> ErrorResolution:
        """Accept a 2xx answer.

        Raises:
            RequestFailedError: for every other answer, and for an exception.
        """
        if not isinstance(response, requests.Response):
            raise self._no_answer(response)
        if not HTTPStatus.OK <= response.status_code < HTTPStatus.MULTIPLE_CHOICES:
            raise self._refusal(response)
        return ErrorResolution(ResponseAction.SUCCESS)

    def malformed(self, response: requests.Response, found: MalformedPageError, expected: str) -> RequestFailedError:
        """Say that a successful answer doesn't hold what was asked for."""
        happened = f"AskElephant answered {response.status_code} with {found}, where {expected} was expected."
        return self._error(happened, UNREADABLE if isinstance(found, UnreadableError) else MALFORMED)

    def _no_answer(self, exception: Exception | None) -> RequestFailedError:
        """Say what kept a request from being answered at all."""
        fitting = (
            decision
            for kind, pattern, decision in BY_EXCEPTION
            if isinstance(exception, kind) and re.search(pattern, str(exception))
        )
        decision = next(fitting, BY_EXCEPTION[-1][-1])
        return self._error(f"AskElephant gave no answer: {_reason(exception)}.", decision)

    def _refusal(self, response: requests.Response) -> RequestFailedError:
        status = response.status_code
        problem = parse_problem(response.content)
        decision = self._by_status.get(status) or BY_STATUS_CLASS.get(status // 100, BY_STATUS_CLASS[4])
        if fields := self._refused_fields(problem):
            advice = f"Change {' and '.join(fields)} in the configuration."
            decision = Decision(_CONFIG, retry=False, advice=advice)
        if self._names["url"].startswith("http:") and _HTTPS_WANTED.search(response.content):
            decision = _SPEAKS_HTTPS
        said = str(problem) or _address(response.headers.get("Location", "")) or "without an explanation"
        happened = f"AskElephant refused the request with status {status}: {said}."
        asked = parse_retry_after(response.headers)
        retry_after = problem.retry_after if asked is None else asked
        return self._error(happened, decision, status=status, retry_after=retry_after)

    def _error(
        self, happened: str, decision: Decision, *, status: int | None = None, retry_after: float | None = None
    ) -> RequestFailedError:
        return RequestFailedError(
            f"{happened} {decision.advice.format(**self._names)}",
            decision.failure_type,
            status=status,
            retry=decision.retry,
            retry_after=retry_after,
            happened=happened,
            is_this_lists_only=decision.this_list and bool(self._names["scope"]),
        )

    def _refused_fields(self, problem: Problem) -> list[str]:
        found = (
            field
            for error in problem.errors
            for parameter, field in self._fields.items()
            if error.field.startswith(parameter)
        )
        return list(dict.fromkeys(found))


def _reason(exception: Exception | None) -> str:
    """The innermost text of an exception of requests, without the memory addresses around it."""
    cause: Any = exception.args[0] if exception is not None and exception.args else exception
    cause = getattr(cause, "reason", None) or cause
    match getattr(cause, "args", ()):
        case (str(what), Exception() as why):  # urllib3's, as ("Connection aborted.", ConnectionResetError(…))
            cause = f"{what.rstrip('.')}: {why}"
    return quoted(_URLLIB3_OBJECT.sub("", str(cause))).rstrip(".") or type(exception).__name__


def _address(location: str) -> str:
    """Where an answer points to, without what is nobody's business: a query, a fragment, a user and password."""
    return quoted(_USER.sub("//", re.split("[?#]", location)[0]))
