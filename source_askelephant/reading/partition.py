"""A window of a list, as the CDK's engine wants it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from airbyte_cdk.sources.streams.concurrent.partitions.partition import Partition
from airbyte_cdk.sources.types import Record
from typing_extensions import override

from source_askelephant.instants import format_instant
from source_askelephant.reading.paginator import WindowPaginator


class WindowPartition(Partition):
    """A window, which is read by whoever the engine lets.

    Args:
        stream_name: the list's.
        paginator: how the window is read.
        read: reads it.
    """

    def __init__(
        self, stream_name: str, paginator: WindowPaginator, read: Callable[[WindowPaginator], Iterator[Record]]
    ) -> None:
        self._stream_name = stream_name
        self._paginator = paginator
        self._read = read

    @override
    def read(self) -> Iterable[Record]:
        return self._read(self._paginator)

    @override
    def to_slice(self) -> Mapping[str, Any]:
        end = self._paginator.end
        return {"gte": format_instant(self._paginator.begin), **({} if end is None else {"lt": format_instant(end)})}

    @override
    def stream_name(self) -> str:
        return self._stream_name

    @override
    def __hash__(self) -> int:
        return id(self)
