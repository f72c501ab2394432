"""A route that takes more than a form: how large its body may be for whoever may use it, and how long it may take."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from flask import current_app, request

from ledger.connections import answering_within
from shared_web.guards import would_let_in

View = TypeVar("View", bound=Callable[..., Any])

LARGEST_BODY = 64 * 1024
_ROOM = "_room"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a view asks for: the bytes of a body, the form around its file included, and seconds."""

    body: int
    seconds: float


def takes_a_file(*, of_bytes: int, seconds: float) -> Callable[[View], View]:
    """A view to which a file is brought, and that is answered within so many seconds, however long others may take.

    A body beyond that of a form is read for whom the view's guard would let in; put it below `needs`.
    """

    def mark(view: Any) -> Any:
        @wraps(view)
        def in_its_time(**arguments: Any) -> Any:
            with answering_within(seconds):
                return view(**arguments)

        setattr(in_its_time, _ROOM, Room(body=of_bytes + LARGEST_BODY, seconds=seconds))
        return in_its_time

    return mark


def make_room() -> None:
    """Say how many bytes the body of this request may have, before any of it is read.

    A form of several parts is read by pieces of 64 KB, and what is left of one stands before the next.
    """
    room: Room | None = getattr(current_app.view_functions.get(request.endpoint or ""), _ROOM, None)
    if room is None or (request.content_length or 0) <= LARGEST_BODY or not would_let_in():
        request.max_content_length = LARGEST_BODY
        return
    request.max_content_length = room.body
    request.max_form_memory_size = 2 * LARGEST_BODY
