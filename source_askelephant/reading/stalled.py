"""Why a list can't be read to its end although the API answers."""

from typing import ClassVar

from airbyte_cdk.models import FailureType


class StalledError(Exception):
    """The API leads nowhere; the text says how, as the end of a sentence.

    Attributes:
        failure_type: who can mend it.
        advice: what to do.
    """

    failure_type: ClassVar = FailureType.transient_error
    advice: ClassVar = "Sync again later, and report it to AskElephant if it stays."


class UnusableRecordsError(StalledError):
    """The records lack what they are read by, and will tomorrow."""

    failure_type: ClassVar = FailureType.system_error
    advice: ClassVar = "Update the connector, or report it to AskElephant if there is no newer version."
