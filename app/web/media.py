"""The bytes of media, for pages and for clients that are signed in there."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import Path
from starlette.responses import Response

from app.edge.deps import Files, Reads
from app.features.media import reading
from app.web.page import CurrentPage, PageRouter

router = PageRouter(prefix="/media")


@router.get("/{medium_id}/{rendition}")
async def rendition(
    medium_id: UUID,
    rendition: Annotated[str, Path(max_length=20)],
    page: CurrentPage,
    reads: Reads,
    storage: Files,
) -> Response:
    """Answer with the bytes; PDFs are saved, never shown by the browser from here."""
    found = await reading.file(reads, storage, page.actor, medium_id, rendition)
    headers = {
        "ETag": f'"{found.digest}"',
        # A day, not for ever: what is withdrawn must vanish from caches some time.
        "Cache-Control": "public, max-age=86400, immutable"
        if found.is_public
        else "private, no-store",
    }
    if headers["ETag"] in page.request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if found.content_type == "application/pdf":
        headers["Content-Disposition"] = saved_as(found.file_name)
    return Response(found.content, media_type=found.content_type, headers=headers)


def saved_as(file_name: str) -> str:
    """Return a Content-Disposition that has a browser save a file under its name (RFC 6266)."""
    plain = "".join(
        each if each.isascii() and (each.isalnum() or each in " ._-()") else "_"
        for each in file_name
    )
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"
