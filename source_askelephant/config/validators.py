"""What a value of the configuration may look like: pure checks from what was pasted to one canonical form.

Each function takes any JSON value. What can only mean one thing is accepted; for anything else a ValueError
says what is wrong and what to write, as the end of a sentence that begins with the field's name. Values of
another type are passed on as they are, for pydantic to refuse.
"""

import re
from typing import Any
from urllib.parse import urlsplit

import requests

from source_askelephant.api.environment import is_loopback
from source_askelephant.api.pages import is_unicode
from source_askelephant.instants import MissingZoneError, parse_instant

PRODUCTION_URL = "https://app.askelephant.ai/api"
API_KEY_PREFIX = "sk-apik_"
MAX_CRM_IDS = 20  # the API's limit on filter[crm_associations][eq]
ENGAGEMENT_DETAILS = ("transcript", "tags", "companies", "contacts", "owner", "signals", "action_items")
"""Parts of an engagement that come only if they are asked for (the API's ``expand``)."""

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?"
START_DATE_PATTERN = rf"^\s*{_DATE}(T{_TIME}(Z|[+-][0-9]{{2}}:[0-9]{{2}}))?\s*$"
_DATE_ALONE = re.compile(r"\d{4}(-?)\d{2}\1\d{2}", re.ASCII)
_HOW_TO_WRITE_A_DATE = "write it like 2024-01-01T00:00:00Z, or 2024-01-01 for midnight UTC"

_BEARER = re.compile(r"^bearer\s+", re.IGNORECASE)
HEADER_SAFE = re.compile(r"[!-~]+")  # visible ASCII: all that may stand in an Authorization header
_OAUTH_TEXT = re.compile(r"[ -~]+")  # RFC 6749, appendix A


def _text(value: Any) -> Any:
    """Drop the spaces and line ends around a text, as they come along when it is pasted."""
    if not isinstance(value, str):
        return value
    if not is_unicode(value):
        raise ValueError("has half of a character (an unpaired surrogate); write it again")
    return value.strip()


def text_or_none(value: Any) -> Any:
    """Treat an empty text as absent: a form sends one for a field that was cleared."""
    text = _text(value)
    return None if text == "" else text


def no_bool(value: Any) -> Any:
    """Refuse true and false where a number belongs; pydantic would read them as 1 and 0."""
    if isinstance(value, bool):
        raise ValueError(f"is {str(value).lower()}; write a whole number")  # noqa: TRY004 - pydantic's protocol
    return value


def _credential(value: Any) -> Any:
    """Bare credential: without the spaces, line ends and "Bearer " that were pasted with it."""
    if not isinstance(value, str):
        return value
    bare = _BEARER.sub("", value.strip() + " ", count=1).strip()
    if not bare:
        raise ValueError("is empty; paste the value that AskElephant showed when it was made")
    if not HEADER_SAFE.fullmatch(bare):
        raise ValueError(
            "has a space, a line break or another character that no credential contains; paste it again, whole"
        )
    return bare


def api_key(value: Any) -> Any:
    """An API key as AskElephant made it: sk-apik_<id>.<secret>."""
    bare = _credential(value)
    if isinstance(bare, str) and not (bare.startswith(API_KEY_PREFIX) and len(bare) > len(API_KEY_PREFIX)):
        raise ValueError(
            f"is not an API key: those start with {API_KEY_PREFIX}; paste the whole key, "
            'or, if it is an OAuth access token, set auth_type to "access_token"'
        )
    return bare


def access_token(value: Any) -> Any:
    """An OAuth access token, which is opaque."""
    bare = _credential(value)
    if isinstance(bare, str) and bare.startswith(API_KEY_PREFIX):
        raise ValueError('is an API key, not an access token; set auth_type to "api_key" and write it as api_key')
    return bare


def stored_token(value: Any) -> Any:
    """An access token that an earlier command obtained; None if there is no text."""
    return None if text_or_none(value) is None else _credential(value)


def oauth_text(value: Any) -> Any:
    """A client id, client secret or refresh token. They are opaque, and may contain spaces."""
    text = _text(value)
    if not isinstance(text, str):
        return text
    if not text:
        raise ValueError("is empty; paste the value that AskElephant showed when it was made")
    if not _OAUTH_TEXT.fullmatch(text):
        raise ValueError("has a line break or another character that no credential contains; paste it again, whole")
    if text.startswith(API_KEY_PREFIX):
        raise ValueError('is an API key; set auth_type to "api_key" and write it as api_key')
    return text


def instant(value: Any) -> Any:
    """The instant that a date, or a date and time with a zone, stands for; None if there is no text."""
    text = text_or_none(value)
    if text is None:
        return None
    if not isinstance(text, str):  # pydantic would take a number as it is
        raise ValueError("is of the wrong type; write a text like 2024-01-01T00:00:00Z")  # noqa: TRY004 - its protocol
    if _DATE_ALONE.fullmatch(text):
        text += "T00:00:00Z"
    try:
        return parse_instant(text)
    except MissingZoneError:
        raise ValueError(f"{text!r} doesn't say in which time zone; add Z for UTC, or an offset like +02:00") from None
    except ValueError:
        raise ValueError(f"{text!r} is not a date; {_HOW_TO_WRITE_A_DATE}") from None


def crm_contact_ids(value: Any) -> Any:
    """Ids as texts, each once, in the order given. A number is taken as the text that it prints as."""
    if not isinstance(value, list):
        return value
    if not all(_is_id(item) for item in value):
        raise ValueError('has an entry that is not an id; write a list of texts, like ["123", "456"]')
    ids = tuple(dict.fromkeys(_text(str(item)) for item in value))
    if len(ids) > MAX_CRM_IDS:
        raise ValueError(
            f"has {len(ids)} ids; the API takes at most {MAX_CRM_IDS} at once, so split them over connections"
        )
    return ids


def engagement_details(value: Any) -> Any:
    """Names of parts, each once, in the order of ``ENGAGEMENT_DETAILS``."""
    if not isinstance(value, list):
        return value
    if not all(isinstance(item, str) for item in value):
        raise ValueError('has an entry that is not a text; write a list of texts, like ["transcript", "tags"]')
    names = {item.strip().lower() for item in value} - {""}
    if "media_url" in names:
        raise ValueError(
            "has media_url, which expires soon and differs with every read; leave it out, and ask the API for it when "
            "you need a recording"
        )
    if not names <= set(ENGAGEMENT_DETAILS):
        possible = ", ".join(ENGAGEMENT_DETAILS)
        raise ValueError(f"has an entry that is no part of an engagement; write some of {possible}")
    return tuple(name for name in ENGAGEMENT_DETAILS if name in names)


def _is_id(item: Any) -> bool:
    return isinstance(item, (str, int)) and not isinstance(item, bool) and str(item).strip() != ""


def _may_be_found(url: str) -> bool:
    """Whether a web address's host, as it is looked up, may be a name or an IP address.

    Raises:
        ValueError: if requests or the look-up refuses it, as for a part that is empty or has more than 63 characters.
    """
    host = urlsplit(str(requests.Request("GET", url).prepare().url)).hostname or ""
    host.encode("idna")
    return ":" in host or re.fullmatch(r"[a-z0-9._-]+", host) is not None


def api_url(value: Any) -> Any:
    """The API's address without a slash at its end; production if there is no text."""
    text = text_or_none(value)
    if text is None:
        return PRODUCTION_URL
    if not isinstance(text, str):
        return text
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
        if not _may_be_found(text):
            host = None
    except ValueError:  # requests', urllib3's and UnicodeError as well
        host = None
    if not host or url.scheme not in {"http", "https"} or re.search(r"\s", text):
        raise ValueError(f"is not a web address; write one like {PRODUCTION_URL}")
    if url.username or url.password or url.query or url.fragment:
        raise ValueError(f"has more than a host and a path; write one like {PRODUCTION_URL}")
    if url.scheme == "http" and not is_loopback(host):
        raise ValueError(
            "is not encrypted, and the key travels in a header; write https:// "
            "(http is accepted for this machine only, such as http://localhost:8765/api)"
        )
    return text.rstrip("/")
