"""Work in a process of its own, so that the memory it takes is its own."""

import multiprocessing
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def apart(work: Callable[..., T], *arguments: Any) -> T:
    """What `work` returns in a new process."""
    context = multiprocessing.get_context("spawn")
    told = context.SimpleQueue()
    process = context.Process(target=_tell, args=(told, work, arguments))
    process.start()
    process.join()
    assert process.exitcode == 0, f"{work.__name__} ended with {process.exitcode}"
    answer: T = told.get()
    return answer


def _tell(told: "multiprocessing.SimpleQueue[Any]", work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    told.put(work(*arguments))
