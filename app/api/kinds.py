"""JSON endpoint for the kinds of posts."""

from typing import Any

from pydantic import Field

from app.api.contract import ContractRouter, Out, operation
from app.core.i18n import translate
from app.features.posts.drafts import KINDS

router = ContractRouter(prefix="/kinds", tags=["kinds"])


class KindOut(Out):
    """A kind of post: what it is called, and what its details hold."""

    key: str
    label: str
    plural: str
    hint: str
    details: dict[str, Any]
    facets: list[str]
    topic: str
    reference_prefix: str | None
    lives_for_days: int | None = Field(description="By default, from its publication.")
    lives_at_most_days: int | None
    makes_title: bool = Field(description="The title may be left empty.")
    may_accept_answer: bool
    example: dict[str, Any]


class KindsOut(Out):
    items: list[KindOut]


@router.get("", response_model=KindsOut, summary="List the kinds of posts", **operation())
async def kinds() -> Any:
    """List every kind: its labels in your language, the schema of its details, its facets."""
    return {
        "items": [
            {
                "key": key,
                "label": translate(kind.label),
                "plural": translate(kind.plural),
                "hint": translate(kind.hint),
                "details": kind.details.model_json_schema(),
                "facets": [facet.name for facet in kind.facets],
                "topic": translate(kind.topic),
                "reference_prefix": kind.prefix,
                "lives_for_days": kind.lifetime.days if kind.lifetime else None,
                "lives_at_most_days": kind.lifetime.longest_days if kind.lifetime else None,
                "makes_title": kind.title is not None,
                "may_accept_answer": kind.may_accept_answer,
                "example": kind.example.model_dump(mode="json"),
            }
            for key, kind in sorted(KINDS.items())
        ]
    }
