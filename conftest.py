"""What holds for every test: nothing that it printed shows a credential."""

from collections.abc import Generator

import pytest

from unit_tests.helpers import leaks


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a test fail whose captured output or log holds a credential."""
    report = yield
    if report.passed:
        try:
            for _, printed in report.sections:
                leaks.assert_none(printed)
        except AssertionError as error:
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} ({call.when}): {error}"
    return report
