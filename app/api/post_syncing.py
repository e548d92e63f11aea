"""JSON endpoints by which another system keeps its posts in step, by its own ids."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SkipValidation, TypeAdapter, ValidationError

from app.api.contract import PREFIX, ContractRouter, Out, ProblemError, errors_of, operation, tagged
from app.api.post_shapes import PostOut, post_shape
from app.core.errors import Forbidden, Invalid, NotFound, Refusal
from app.core.i18n import translate
from app.core.reads import SessionReader
from app.edge.deps import CurrentActor, Reads, Tx
from app.edge.refusals import field_errors, status_of
from app.features.companies.speaking import ImprintMissing
from app.features.groups.loading import GroupArchived
from app.features.posts.access import MembersOnly, PostGone
from app.features.posts.composing import ConfirmationNeeded
from app.features.posts.drafts import AnyPostDraft, ExternalId, PostDraft
from app.features.posts.reading import read_post
from app.features.posts.syncing import (
    MAX_ITEMS,
    NamedTwice,
    Outcome,
    Wish,
    post_named,
    put_post,
    put_posts,
    withdraw_by_external_id,
)

router = ContractRouter(tags=["posts"])
_DRAFT: TypeAdapter[PostDraft] = TypeAdapter(AnyPostDraft)
_PUTTING = (
    NotFound,
    PostGone,
    Forbidden,
    MembersOnly,
    GroupArchived,
    ImprintMissing,
    ConfirmationNeeded,
)
TheirId = Annotated[ExternalId, Path(description="What your own system calls the post.")]
# Each is read by itself, so that one that cannot be read does not take the others with it.
Item = Annotated[AnyPostDraft, SkipValidation]


class OwnerQuery(BaseModel):
    """Whose ids are meant."""

    model_config = ConfigDict(extra="forbid")

    company: Annotated[
        UUID | None, Field(description="Id of the company that the post speaks for; else yours.")
    ] = None


class BulkDraft(BaseModel):
    """How up to 500 posts are to be."""

    model_config = ConfigDict(extra="forbid")

    items: Annotated[
        list[Item],
        Field(max_length=MAX_ITEMS, description="Drafts, each with its `external_id`."),
    ] = []
    withdraw: Annotated[
        list[ExternalId],
        Field(max_length=MAX_ITEMS, description="Ids of posts that are no longer on offer."),
    ] = []
    company_id: Annotated[
        UUID | None, Field(description="The company whose ids `withdraw` means.")
    ] = None


class ResultProblem(Out):
    """Why one item was refused."""

    status: int
    code: str
    detail: str
    errors: list[ProblemError]


class ResultOut(Out):
    """What became of one item."""

    index: int = Field(description="Its place: the items first, then what is withdrawn.")
    external_id: str | None = Field(description="Null where it was refused; nothing is echoed.")
    outcome: Outcome
    post_id: UUID | None
    problem: ResultProblem | None


class ResultsOut(Out):
    """What became of every item: first those of `items`, then those of `withdraw`, in order."""

    results: list[ResultOut]
    counts: dict[Outcome, int]


def _putting() -> dict[str, Any]:
    """Say that putting answers 200 or 201."""
    said = operation(scope="posts:write", refuses=_PUTTING, has_body=True)
    schema = {"schema": {"$ref": "#/components/schemas/PostOut"}}
    made = {"description": "It is published.", "content": {"application/json": schema}}
    return {**said, "responses": {**said["responses"], 201: made}}


def _problem(refusal: Refusal) -> dict[str, Any]:
    return {
        "status": status_of(refusal),
        "code": refusal.code,
        "detail": translate(refusal.text, **refusal.params),
        "errors": errors_of(refusal),
    }


def _wish(item: Any) -> Wish:
    name = item.get("external_id") if isinstance(item, dict) else None
    try:
        draft = _DRAFT.validate_python(item)
    except ValidationError as error:
        return Wish(str(name or "")[:100], refusal=Invalid(*field_errors(error.errors())))
    if draft.external_id is None:
        missing = [{"type": "missing", "loc": ("external_id",), "msg": ""}]
        return Wish("", refusal=Invalid(*field_errors(missing)))
    return Wish(draft.external_id, draft)


@router.post(
    "/posts/bulk",
    response_model=ResultsOut,
    summary="Bring up to 500 posts into step",
    **operation(scope="posts:write", refuses=(*_PUTTING, NamedTwice), has_body=True),
)
async def bulk(draft: BulkDraft, tx: Tx, actor: CurrentActor) -> Any:
    """Publish, change or withdraw by your own ids; each item by itself, with its own result.

    The answer is 200 whatever became of the items: look at each `outcome`.
    """
    wishes = [_wish(item) for item in draft.items] + [Wish(name) for name in draft.withdraw]
    results = await put_posts(tx, actor, wishes, draft.company_id)
    counts = {outcome: sum(1 for one in results if one.outcome == outcome) for outcome in Outcome}
    return {
        "results": [
            {
                "index": index,
                "external_id": None if one.refusal else one.external_id,
                "outcome": one.outcome,
                "post_id": one.post_id,
                "problem": _problem(one.refusal) if one.refusal else None,
            }
            for index, one in enumerate(results)
        ],
        "counts": counts,
    }


@router.get(
    "/posts/by-external-id/{external_id}",
    response_model=PostOut,
    summary="Read a post by your own id",
    **operation(scope="posts:read", refuses=(NotFound, Forbidden)),
)
async def read(
    external_id: TheirId,
    query: Annotated[OwnerQuery, Query()],
    reader: Reads,
    actor: CurrentActor,
    request: Request,
) -> Any:
    """Read the post, whatever has become of it."""
    post_id = await post_named(reader, actor, external_id, query.company)
    view = await read_post(reader, actor, post_id)
    tagged(request, view.row.version)
    return post_shape(view)


@router.put(
    "/posts/by-external-id/{external_id}",
    response_model=PostOut,
    summary="Make a post be so, by your own id",
    **_putting(),
)
async def put(
    external_id: TheirId,
    draft: AnyPostDraft,
    tx: Tx,
    actor: CurrentActor,
    request: Request,
    response: Response,
) -> Any:
    """Publish it if it is not there (201), else change what differs (200).

    The id belongs to the company in `company_id`, else to you. Twice the same changes nothing.
    """
    post, outcome = await put_post(tx, actor, external_id, draft)
    if outcome == Outcome.CREATED:
        response.status_code = 201
        response.headers["Location"] = f"{PREFIX}/posts/{post.id}"
    view = await read_post(SessionReader(tx), actor, post.id)
    tagged(request, view.row.version)
    return post_shape(view)


@router.delete(
    "/posts/by-external-id/{external_id}",
    status_code=204,
    summary="Withdraw a post by your own id",
    **operation(scope="posts:write", refuses=(NotFound, Forbidden)),
)
async def withdraw(
    external_id: TheirId, query: Annotated[OwnerQuery, Query()], tx: Tx, actor: CurrentActor
) -> None:
    """Withdraw it; one that has ended already is left as it is."""
    await withdraw_by_external_id(tx, actor, external_id, query.company)
