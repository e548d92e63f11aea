"""JSON endpoint for the kinds of posts."""

from typing import Any

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
    lives_for_days: int | None
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
                "facets": list(kind.facets),
                "lives_for_days": kind.lives_for_days,
                "may_accept_answer": kind.may_accept_answer,
                "example": kind.example.model_dump(mode="json"),
            }
            for key, kind in sorted(KINDS.items())
        ]
    }
