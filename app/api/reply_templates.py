"""JSON endpoints for the words in which companies decline."""

from typing import Any
from uuid import UUID

from fastapi import Response

from app.api.contract import PREFIX, ContractRouter, Out, operation
from app.core.errors import Forbidden, NotFound
from app.edge.deps import CurrentActor, Reads, Tx
from app.features.inquiries.refusals import (
    TemplateDraft,
    TitleTaken,
    TooManyTemplates,
    drop_refusal,
    keep_refusal,
    kept_by_company,
)

router = ContractRouter(tags=["inquiries"])


class TemplateOut(Out):
    """Words that a company keeps for a refusal."""

    id: UUID
    title: str
    body: str


class TemplatesOut(Out):
    items: list[TemplateOut]


@router.get(
    "/companies/{company_id}/reply-templates",
    response_model=TemplatesOut,
    summary="List the words in which a company declines",
    **operation(scope="inquiries:read", refuses=(NotFound,)),
)
async def list_(company_id: UUID, reader: Reads, actor: CurrentActor) -> Any:
    """List at most 50, by title, to those who speak for the company."""
    return {"items": await kept_by_company(reader, actor, company_id)}


@router.post(
    "/companies/{company_id}/reply-templates",
    status_code=201,
    response_model=TemplateOut,
    summary="Keep words for declining",
    **operation(
        scope="inquiries:write",
        refuses=(NotFound, Forbidden, TitleTaken, TooManyTemplates),
        has_body=True,
    ),
)
async def keep(
    company_id: UUID, draft: TemplateDraft, tx: Tx, actor: CurrentActor, response: Response
) -> Any:
    """Keep words for all who speak for the company."""
    kept = await keep_refusal(tx, actor, company_id, draft)
    response.headers["Location"] = f"{PREFIX}/reply-templates/{kept.id}"
    return kept


@router.delete(
    "/reply-templates/{template_id}",
    status_code=204,
    summary="Delete words for declining",
    **operation(scope="inquiries:write", refuses=(NotFound,)),
)
async def drop(template_id: UUID, tx: Tx, actor: CurrentActor) -> None:
    """Delete them for all who speak for the company."""
    await drop_refusal(tx, actor, template_id)
