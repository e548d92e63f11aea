"""JSON endpoints for media."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import File, Request, Response, UploadFile
from pydantic import Field

from app.api.contract import (
    PREFIX,
    ContractRouter,
    ExpectedVersion,
    Listing,
    Out,
    Paged,
    listing,
    operation,
    tagged,
)
from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound, Stale
from app.core.images import MAX_FILE, BadFile, FileTooLarge, UnsupportedFile
from app.edge.deps import CurrentActor, Files, Reads, Tx
from app.features.media import policy, reading
from app.features.media.describing import describe_medium
from app.features.media.removing import MediumInUse, remove_medium
from app.features.media.uploading import AltDraft, QuotaReached, upload
from app.models.media import MediumType

MULTIPART_BYTES: Final = MAX_FILE + 64 * 1024  # the file, its description and the boundaries

router = ContractRouter(prefix="/media", tags=["media"])


class MediumIn(AltDraft):
    """A file, and what it shows; pictures need that."""

    file: UploadFile = Field(description="A JPEG, PNG or WebP picture, or a PDF; at most 10 MB.")


class MediumOut(Out):
    id: UUID
    type: MediumType
    file_name: str
    alt: str
    content_type: str
    size_bytes: int = Field(description="Of all renditions together.")
    width: int | None = Field(description="Of the largest rendition, in pixels.")
    height: int | None = Field(description="Of the largest rendition, in pixels.")
    urls: dict[str, str] = Field(
        description="Where the bytes are: by longest edge in pixels, or `original` for a PDF."
    )
    created_at: datetime
    viewer_can: list[policy.Act]


def _out(row: Any, actor: Actor, *, is_used: bool, seen_in_use: bool = True) -> MediumOut:
    renditions: Mapping[str, str] = row.renditions
    acts = policy.acts(actor, row.owner_id, is_used=is_used, seen_in_use=seen_in_use)
    return MediumOut(
        id=row.id,
        type=row.type,
        file_name=row.file_name,
        alt=row.alt,
        content_type=row.content_type,
        size_bytes=row.size_bytes,
        width=row.width,
        height=row.height,
        urls={name: f"/media/{row.id}/{name}" for name in renditions},
        created_at=row.created_at,
        viewer_can=sorted(acts),
    )


@router.post(
    "",
    status_code=201,
    response_model=MediumOut,
    summary="Upload a picture or a PDF",
    max_body_size=MULTIPART_BYTES,
    **operation(
        scope="media:write",
        refuses=(BadFile, UnsupportedFile, FileTooLarge, QuotaReached),
        has_body=True,
    ),
)
async def create(
    given: Annotated[MediumIn, File()],
    actor: CurrentActor,
    tx: Tx,
    storage: Files,
    request: Request,
    response: Response,
) -> MediumOut:
    """Keep a file, cleaned of metadata. It is removed after a day in which nothing uses it."""
    content = await given.file.read()
    medium = await upload(tx, actor, storage, content, given.file.filename or "", given.alt)
    await tx.refresh(medium)
    response.headers["Location"] = f"{PREFIX}/media/{medium.id}"
    tagged(request, medium.version)
    return _out(medium, actor, is_used=False)


@router.get(
    "",
    response_model=Listing[MediumOut],
    summary="List your own media",
    **operation(scope="media:read"),
)
async def own(
    paged: Paged, actor: CurrentActor, reads: Reads, request: Request, response: Response
) -> dict[str, Any]:
    """Newest first."""
    page = await reading.own_media_page(reads, actor, paged.paging)
    return listing(page.map(lambda row: _out(row, actor, is_used=row.is_used)), request, response)


@router.get(
    "/{medium_id}",
    response_model=MediumOut,
    summary="Read what is known of a medium",
    **operation(scope="media:read", public=True, refuses=(NotFound,)),
)
async def one(medium_id: UUID, actor: CurrentActor, reads: Reads, request: Request) -> MediumOut:
    """Your own, and those used in something that you may see."""
    row = await reading.medium(reads, actor, medium_id)
    tagged(request, row.version)
    return _out(row, actor, is_used=row.is_used, seen_in_use=row.seen_in_use)


@router.patch(
    "/{medium_id}",
    response_model=MediumOut,
    summary="Change the description of a medium",
    **operation(scope="media:write", refuses=(NotFound, Forbidden, Stale), has_body=True),
)
async def describe(
    medium_id: UUID,
    draft: AltDraft,
    actor: CurrentActor,
    tx: Tx,
    expected: ExpectedVersion,
    reads: Reads,
    request: Request,
) -> MediumOut:
    """Only your own; a picture cannot be left without a description."""
    medium = await describe_medium(tx, actor, medium_id, draft.alt, expected=expected)
    tagged(request, medium.version)
    row = await reading.medium(reads, actor, medium_id)
    return _out(medium, actor, is_used=row.is_used)


@router.delete(
    "/{medium_id}",
    status_code=204,
    summary="Remove a medium",
    **operation(scope="media:write", refuses=(NotFound, Forbidden, MediumInUse)),
)
async def remove(medium_id: UUID, actor: CurrentActor, tx: Tx) -> None:
    """Only your own, and only if it is not used any more."""
    await remove_medium(tx, actor, medium_id)
