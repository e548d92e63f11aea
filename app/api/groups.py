"""JSON endpoints for groups: finding, founding, changing them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import ConfigDict, Field

from app.api.contract import (
    ContractRouter,
    ExpectedVersion,
    Listing,
    Out,
    PageParams,
    listing,
    operation,
    tagged,
)
from app.core.actor import Actor
from app.core.errors import Forbidden, NotFound, SignInRequired, Stale
from app.core.paging import BadCursor
from app.core.reads import Reader, SessionReader
from app.core.text import Line
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.feed.sector_groups import talking_of
from app.features.groups.changing import GroupChange, archive_group, edit_group, reopen_group
from app.features.groups.directory import GroupFilter, GroupOrder, list_groups
from app.features.groups.founding import GroupDraft, found_group
from app.features.groups.policy import Act
from app.features.groups.reading import GroupPage, group_page
from app.features.places.lookup import PlaceAmbiguous, PlaceUnknown
from app.models.groups import Admission, Standing
from app.reference.codes import SectorFilter
from app.reference.topics import Topic

router = ContractRouter(prefix="/groups", tags=["groups"])


class PlaceNamedOut(Out):
    id: UUID
    name: str


class GroupListedOut(Out):
    """A group in a list."""

    id: UUID
    slug: str
    name: str
    summary: str
    admission: Admission
    topics: list[str]
    places: list[PlaceNamedOut]
    members: int = Field(description="How many belong to it.")
    posts: int | None = Field(description="Null for readers who may not read them.")
    created_at: datetime
    archived_at: datetime | None
    standing: Standing | None = Field(description="The reader's own.")
    viewer_can: list[Act]


class GroupOut(GroupListedOut):
    """A group with all that its own page tells."""

    description: str = Field(description="Markdown.")
    description_html: str
    charter: str = Field(description="Markdown.")
    charter_html: str
    charter_version: int
    founder_name: str
    founder_slug: str | None = Field(description="Null for a person who has left.")
    version: int
    accepted_charter: int | None = Field(description="Version that the reader has agreed to.")
    reason: str = Field(description="Why the reader was refused or banned.")
    requests: int | None = Field(description="How many wait; for those who decide on them.")


class GroupParams(PageParams):
    """Which groups, in which order."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, Line(80, 0)] = Field(
        "", description="A name, or words of its description, as `GET /search` reads them."
    )
    topic: Topic | None = Field(None, description="Code of a topic.")
    sector: SectorFilter = Field(
        None,
        description="Section (`C`) or division (`25`) of WZ 2008, or of another as `2025:C`: "
        "groups where one of its newer posts stands that you may read.",
    )
    place: Annotated[str, Line(120)] | None = Field(
        None, description="Postcode or name of a place: groups of it, in it, and around it."
    )
    mine: bool = Field(default=False, description="Only groups that the reader belongs to.")
    order: GroupOrder = GroupOrder.NAME


async def _shown(reader: Reader, actor: Actor, group_id: UUID, request: Request) -> GroupPage:
    group = await group_page(reader, actor, group_id)
    tagged(request, group.version)
    return group


@router.get(
    "",
    response_model=Listing[GroupListedOut],
    summary="List groups",
    **operation(
        scope="groups:read", public=True, refuses=(BadCursor, PlaceUnknown, SignInRequired)
    ),
)
async def list_(
    request: Request,
    response: Response,
    reads: Reads,
    actor: CurrentActor,
    params: Annotated[GroupParams, Query()],
) -> Any:
    """List the groups the reader may see; archived ones only with ``mine``."""
    wanted = GroupFilter(q=params.q, topic=params.topic, place=params.place, mine=params.mine)
    page = await list_groups(
        reads,
        actor,
        wanted,
        params.paging,
        order=params.order,
        among=talking_of(params.sector),
    )
    return listing(page, request, response)


@router.post(
    "",
    status_code=201,
    response_model=GroupOut,
    summary="Found a group",
    **operation(scope="groups:write", refuses=(PlaceUnknown, PlaceAmbiguous), has_body=True),
)
async def found(
    draft: GroupDraft, tx: Tx, actor: CurrentActor, request: Request, response: Response
) -> Any:
    """Found a group. The founder becomes its owner."""
    group = await found_group(tx, actor, draft)
    response.headers["Location"] = f"/api/v1/groups/{group.id}"
    return await _shown(SessionReader(tx), actor, group.id, request)


@router.get(
    "/{group_id}",
    response_model=GroupOut,
    summary="Read a group",
    **operation(scope="groups:read", public=True, refuses=(NotFound,)),
)
async def read(group_id: UUID, reads: Reads, actor: CurrentActor, request: Request) -> Any:
    """Return a group that the reader may see."""
    return await _shown(reads, actor, group_id, request)


@router.patch(
    "/{group_id}",
    response_model=GroupOut,
    summary="Change a group",
    **operation(
        scope="groups:write",
        refuses=(NotFound, Forbidden, Stale, PlaceUnknown, PlaceAmbiguous),
        has_body=True,
    ),
)
async def change(
    group_id: UUID,
    changed: GroupChange,
    tx: Tx,
    actor: CurrentActor,
    request: Request,
    expected: ExpectedVersion,
) -> Any:
    """Change a group as its owner; members are told of another charter."""
    await edit_group(tx, actor, group_id, changed, expected=expected)
    return await _shown(SessionReader(tx), actor, group_id, request)


@router.post(
    "/{group_id}/archive",
    response_model=GroupOut,
    summary="Archive a group",
    **operation(scope="groups:write", refuses=(NotFound, Forbidden, Stale)),
)
async def archive(
    group_id: UUID, tx: Tx, actor: CurrentActor, request: Request, expected: ExpectedVersion
) -> Any:
    """Put a group aside: it can be read, and nothing else."""
    await archive_group(tx, actor, group_id, expected=expected)
    return await _shown(SessionReader(tx), actor, group_id, request)


@router.post(
    "/{group_id}/reopen",
    response_model=GroupOut,
    summary="Reopen a group",
    **operation(scope="groups:write", refuses=(NotFound, Forbidden, Stale)),
)
async def reopen(
    group_id: UUID, tx: Tx, actor: CurrentActor, request: Request, expected: ExpectedVersion
) -> Any:
    """Take an archived group up again."""
    await reopen_group(tx, actor, group_id, expected=expected)
    return await _shown(SessionReader(tx), actor, group_id, request)
