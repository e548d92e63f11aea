"""JSON endpoint for the kinds of posts."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import Field
from starlette.responses import Response

from app.api.contract import ContractRouter, Out, operation
from app.core.errors import NotFound
from app.core.i18n import translate
from app.edge.deps import CurrentActor
from app.edge.post_sheets import template_for
from app.features.posts.drafts import KINDS
from app.features.posts.inquiry_forms import InquiryForm

Key = Annotated[str, Path(max_length=40, description="The `key` of a kind.")]


def _csv() -> dict[str, Any]:
    """Say that an operation answers with CSV."""
    said = operation(refuses=(NotFound,))
    file = {"schema": {"type": "string"}}
    ok = {"description": "The file.", "content": {"text/csv": file}}
    return {**said, "responses": {**said["responses"], 200: ok}}


router = ContractRouter(prefix="/kinds", tags=["kinds"])


class InquiryFormOut(Out):
    """How one asks about posts of a kind."""

    label: str = Field(description="Of the button, in your language.")
    fields: dict[str, Any] | None = Field(description="Schema of what the kind wants to know.")
    takes_files: bool
    files_days: int = Field(description="How long files are kept once an inquiry has ended.")
    offers: list[str] = Field(description="Kinds of own posts that can be put forward.")
    names_asker: bool = Field(description="Who asks is named, also where the post is concealed.")


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
    inquiry: InquiryFormOut | None = Field(description="Null for what is answered by replies.")
    example: dict[str, Any]


class KindsOut(Out):
    items: list[KindOut]


@router.get(
    "/{key}/template",
    response_class=Response,
    summary="Get a CSV file to fill in",
    **_csv(),
)
async def template(key: Key, actor: CurrentActor) -> Response:
    """Get the columns of a kind and an example; the page "Beiträge aus einer Datei" reads it."""
    if key not in KINDS:
        raise NotFound
    content = template_for(key, actor.locale)
    return Response(content, media_type="text/csv; charset=utf-8")


def _inquiry(form: InquiryForm | None) -> dict[str, Any] | None:
    if form is None:
        return None
    return {
        "label": translate(form.label),
        "fields": form.fields_schema(),
        "takes_files": form.takes_files,
        "files_days": form.files_days,
        "offers": list(form.offers),
        "names_asker": form.names_asker,
    }


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
                "inquiry": _inquiry(kind.inquiry_form),
                "example": kind.example.model_dump(mode="json"),
            }
            for key, kind in sorted(KINDS.items())
        ]
    }
