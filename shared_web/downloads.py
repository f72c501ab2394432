"""Files that people keep: what each is told by the end of its name, and saved under that name."""

from collections.abc import Iterator

from flask import Response

KINDS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "zip": "application/zip",
}


def file_answer(content: bytes | str | Iterator[str], *, name: str) -> Response:
    """A file to keep; its name is made of words of ours, numbers and days alone."""
    kind = KINDS.get(name.rpartition(".")[2], "text/plain")
    return Response(content, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
