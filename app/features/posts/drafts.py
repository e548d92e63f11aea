"""What people fill in: one draft for all kinds, and one for each."""

from collections.abc import Mapping
from functools import cache, reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, create_model

from app.core.asking import Asked
from app.core.i18n import N_
from app.core.text import Line, Prose, Tag
from app.features.posts.kinds import Details, Kind, discover

MAX_ATTACHMENTS = 8
MAX_TAGS = 10
MAX_BODY = 10_000

KINDS = discover()

Attachments = Annotated[
    list[UUID],
    Field(
        max_length=MAX_ATTACHMENTS,
        description="Ids of media that the author has uploaded, in the order they are shown.",
    ),
]


class PostChange(BaseModel):
    """What of a post can be changed later."""

    model_config = ConfigDict(extra="forbid")

    details: SerializeAsAny[Details]
    title: Annotated[str, Line(120, 3), Asked(N_("Titel"))]
    body: Annotated[str, Prose(MAX_BODY), Asked(N_("Text"), widget="markdown", rows=10)]
    tags: Annotated[
        list[Tag],
        Field(max_length=MAX_TAGS),
        Asked(
            N_("Schlagwörter"),
            hint=N_("Mit Komma getrennt, höchstens zehn. Danach lässt sich der Beitrag finden."),
            widget="tags",
        ),
    ] = []
    place: Annotated[
        str,
        Line(120, 0),
        Field(description="A postcode or municipality; by default where the author is."),
        Asked(
            N_("Ort"),
            hint=N_(
                "Postleitzahl oder Gemeinde. Ohne Angabe gilt Ihr Ort oder der des Unternehmens."
            ),
        ),
    ] = ""


class PostDraft(PostChange):
    """What a person publishes, whatever the kind; JSON and form share it."""

    company_id: Annotated[
        UUID | None,
        Field(description="The company that the post speaks for."),
        Asked(N_("Veröffentlichen als"), widget="select"),
    ] = None
    group_id: Annotated[
        UUID | None,
        Field(description="The group that the post stands in."),
        Asked(N_("Wo"), widget="select"),
    ] = None
    attachments: Annotated[Attachments, Asked(N_("Bilder und PDF-Dateien"), widget="hidden")] = []


def any_details(kinds: Mapping[str, Kind] = KINDS) -> Any:
    """Return the type of the details of all kinds together; ``kind`` tells them apart."""
    union = reduce(or_, (kind.details for kind in kinds.values()))
    return Annotated[union, Field(discriminator="kind")]


@cache
def draft_of(key: str) -> type[PostDraft]:
    """Return the draft of one kind, for its form."""
    return create_model(
        f"{KINDS[key].details.__name__}Draft", __base__=PostDraft, details=(KINDS[key].details, ...)
    )


@cache
def change_of(key: str) -> type[PostChange]:
    """Return what can be changed in a post of one kind, for its form."""
    return create_model(
        f"{KINDS[key].details.__name__}Change",
        __base__=PostChange,
        details=(KINDS[key].details, ...),
    )


class PostPatch(BaseModel):
    """Changes to a post; what is left out or null stays as it is."""

    model_config = ConfigDict(extra="forbid")

    details: SerializeAsAny[Details] | None = None
    title: Annotated[str, Line(120, 3)] | None = None
    body: Annotated[str, Prose(MAX_BODY)] | None = None
    tags: Annotated[list[Tag], Field(max_length=MAX_TAGS)] | None = None
    place: Annotated[str, Line(120, 0)] | None = None
    attachments: (
        Annotated[
            list[UUID],
            Field(
                max_length=MAX_ATTACHMENTS,
                description="Ids of media, in the order they are shown: of those that the post has "
                "and of your own. What is not among them is taken off.",
            ),
        ]
        | None
    ) = None


if TYPE_CHECKING:
    AnyDetails = Details
    AnyPostDraft = PostDraft
    AnyPostPatch = PostPatch
else:
    AnyDetails = any_details()
    AnyPostDraft = create_model("PostDraft", __base__=PostDraft, details=(AnyDetails, ...))
    AnyPostPatch = create_model("PostPatch", __base__=PostPatch, details=(AnyDetails | None, None))


def stored(details: Details) -> dict[str, Any]:
    """Return details as the column keeps them."""
    return details.model_dump(mode="json", exclude={"kind"})


def restored(kind: str, details: dict[str, Any]) -> Details:
    """Return the details that a row holds."""
    return KINDS[kind].details.model_validate({"kind": kind, **details})
