"""What counts as a page of a list, and what is said of a body that is none."""

import pytest

from source_askelephant.api.pages import MalformedPageError, Page, parse_page


def test_a_page_with_more_behind_it() -> None:
    page = parse_page(b'{"object":"list","data":[{"id":"a"},{"id":"b"}],"has_more":true,"next_cursor":"c"}')
    assert page.records == [{"id": "a"}, {"id": "b"}]
    assert page.next_cursor == "c"


@pytest.mark.parametrize("cursor", [b"null", b'"ignored"', b'""'])
def test_the_last_page_has_no_cursor(cursor: bytes) -> None:
    body = b'{"data":[],"has_more":false,"next_cursor":' + cursor + b"}"
    assert parse_page(body) == Page([], None, size=len(body))


def test_unpaired_surrogates_survive() -> None:
    page = parse_page(b'{"data":[{"first_name":"\\ud83d"}],"has_more":false,"next_cursor":null}')
    assert page.records == [{"first_name": "\ud83d"}]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"", "an empty body"),
        (b"  \n", "an empty body"),
        (b"<!doctype html><html></html>", "a page of HTML"),
        (b'{"data":[{"id":"a"', "JSON that is cut off or broken"),
        (b"Service Unavailable", "text that is not JSON"),
        (b"[]", "a JSON list where a list object was expected"),
        (b"null", "a JSON NoneType where a list object was expected"),
        (b"{}", '"data" is not a list of records'),
        (b'{"data":null,"has_more":false}', '"data" is not a list of records'),
        (b'{"data":[1],"has_more":false}', '"data" is not a list of records'),
        (b'{"data":[]}', '"has_more" is neither true nor false'),
        (b'{"data":[],"has_more":"false"}', '"has_more" is neither true nor false'),
        (b'{"data":[],"has_more":true,"next_cursor":null}', 'there is more but has no "next_cursor"'),
        (b'{"data":[],"has_more":true,"next_cursor":""}', 'there is more but has no "next_cursor"'),
        (b'{"data":[],"has_more":true,"next_cursor":5}', 'there is more but has no "next_cursor"'),
        (b"[" * 100_000, "JSON that is nested too deeply to be read"),
    ],
)
def test_what_is_no_page_is_described(body: bytes, found: str) -> None:
    with pytest.raises(MalformedPageError) as caught:
        parse_page(body)
    assert found in str(caught.value)
