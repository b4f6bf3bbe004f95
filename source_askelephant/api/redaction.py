"""Keeping credentials out of all that is printed, in whatever form they come by.

The CDK replaces secrets in logs and errors, but only in the form in which the user wrote them. What is sent may be
another form (trimmed), and an error answer or a proxy may echo yet another one (encoded).
"""

import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets

MIN_FORM_LENGTH = 8
"""Characters of an encoded form that is looked for: shorter ones would hide other text."""


def keep_secret(secret: str) -> None:
    """Replace a secret by asterisks, from here on, in all logs and errors of this process, in each of its forms."""
    for form in forms_of(secret):
        add_to_secrets(form)


def forms_of(secret: str) -> list[str]:
    """A secret as it is, and as it looks when it is encoded. The longest first: one may contain another."""
    octets = secret.encode(errors="surrogatepass")
    encoded = {quote(octets, safe=""), quote_plus(octets), json.dumps(secret)[1:-1], *_in_base64(octets)}
    return sorted({secret} | {form for form in encoded if len(form) >= MIN_FORM_LENGTH}, key=len, reverse=True)


def _in_base64(secret: bytes) -> set[str]:
    """What of a secret's base64 doesn't depend on what stands before it ("user:", "Bearer ") or after it.

    Base64 writes three bytes as four characters, so there are three ways for a text to lie in it.
    """
    forms = set()
    for before in range(3):
        begin, end = -(-before * 8 // 6), (before + len(secret)) * 8 // 6
        for encode in (b64encode, urlsafe_b64encode):
            forms.add(encode(bytes(before) + secret).decode()[begin:end])
    return forms
