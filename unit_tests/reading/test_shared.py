"""What lists that are read together share of their workers. How they wait for turns is tested with the worklist."""

from source_askelephant.reading.shared import OpenWindows


def test_each_list_has_a_window_from_the_beginning_and_the_rest_goes_to_who_asks() -> None:
    windows = OpenWindows(6, ["contacts", "companies", "tags"])
    assert windows.spare("contacts", 1) == 3
    assert windows.spare("contacts", 4) == 0
    assert windows.spare("companies", 1) == 0


def test_what_one_list_sets_free_is_for_another() -> None:
    windows = OpenWindows(6, ["contacts", "companies", "tags"])
    windows.spare("contacts", 4)
    windows.spare("tags", 0)
    assert windows.spare("companies", 1) == 1
    windows.spare("contacts", 0)
    assert windows.spare("companies", 1) == 5


def test_there_may_be_more_lists_than_workers() -> None:
    assert OpenWindows(1, ["contacts", "companies", "tags"]).spare("contacts", 1) < 0
