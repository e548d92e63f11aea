"""What people fill in: one draft for all kinds, and one for each."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, create_model, model_validator

from app.core.asking import Asked, label
from app.core.i18n import N_
from app.core.text import Line, Prose, Tag
from app.features.posts.kinds import Details, Kind, discover
from app.models.posts import Audience

MAX_ATTACHMENTS = 8
MAX_TAGS = 10
MAX_BODY = 10_000

KINDS = discover()
label(
    {
        Audience.PUBLIC: N_("alle, auch ohne Konto"),
        Audience.SIGNED_IN: N_("alle, die angemeldet sind"),
    }
)

Attachments = Annotated[
    list[UUID],
    Field(
        max_length=MAX_ATTACHMENTS,
        description="Ids of media that the author has uploaded, in the order they are shown.",
    ),
]


Confirmed = Annotated[
    list[Annotated[str, Line(60)]],
    Field(
        max_length=20,
        description="Codes of warnings that you have read and publish in spite of.",
    ),
]
Title = Annotated[str, Line(120, 0), Asked(N_("Titel"))]
OwnTitle = Annotated[
    str,
    Line(120, 0),
    Asked(N_("Titel"), hint=N_("Ohne Angabe entsteht der Titel aus dem, was Sie oben angeben.")),
]
Body = Annotated[str, Prose(MAX_BODY, 0), Asked(N_("Beschreibung"), widget="markdown", rows=10)]
Text = Annotated[str, Prose(MAX_BODY), Asked(N_("Text"), widget="markdown", rows=10)]
ExternalId = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9._~:-]+$")]
RequiredTitle = Annotated[str, Line(120, 3), Asked(N_("Titel"))]
ValidUntil = Annotated[
    date | None,
    Field(description="The last day on which the post is shown; by default as its kind says."),
    Asked(N_("Gültig bis"), hint=N_("Ohne Angabe gilt die übliche Frist dieser Art.")),
]


ForWhom = Annotated[
    Audience,
    Field(description="By default whom posts of the kind are for: mostly everybody."),
    Asked(N_("Sichtbar für"), widget="radios"),
]


class PostChange(BaseModel):
    """What of a post can be changed later."""

    model_config = ConfigDict(extra="forbid")

    details: SerializeAsAny[Details]
    title: Annotated[
        Title, Field(description="At least 3 characters, unless the kind makes the title itself.")
    ] = ""
    body: Annotated[
        Body, Field(description="Markdown; may be empty where the details say it all.")
    ] = ""
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

    valid_until: ValidUntil = None
    audience: ForWhom = Audience.PUBLIC
    confirmed: Annotated[Confirmed, Asked(N_("Zur Kenntnis genommen"), widget="checkboxes")] = []


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
    external_id: Annotated[
        ExternalId | None,
        Field(description="What your own system calls it: unique among your posts."),
        Asked(N_("Kennung im eigenen System"), widget="hidden"),
    ] = None
    as_draft: Annotated[
        bool,
        Field(description="Keep it for yourself for now; publish it later."),
        Asked(
            N_("Als Entwurf speichern"),
            hint=N_("Nur Sie sehen ihn, bis Sie ihn veröffentlichen."),
        ),
    ] = False

    @model_validator(mode="after")
    def _for_whom_its_kind_is(self) -> "PostDraft":
        if "audience" not in self.model_fields_set:
            self.audience = KINDS[self.details.kind].audience
        return self


def any_details(kinds: Mapping[str, Kind] = KINDS) -> Any:
    """Return the type of the details of all kinds together; ``kind`` tells them apart."""
    union = reduce(or_, (kind.details for kind in kinds.values()))
    return Annotated[union, Field(discriminator="kind")]


def _for_kind(base: type[BaseModel], key: str, name: str) -> Any:
    """Return a draft for one kind: its details, and only the questions that it has."""
    kind = KINDS[key]
    fields: dict[str, Any] = {"details": (kind.details, ...)}
    fields["title"] = (OwnTitle, "") if kind.title else (RequiredTitle, ...)
    fields["audience"] = (ForWhom, kind.audience)
    if not kind.has_place:
        fields["place"] = (Annotated[Literal[""], Asked(N_("Ort"), widget="hidden")], "")
    if kind.lifetime is None:
        fields["body"] = (Text, ...)
        fields["valid_until"] = (Annotated[None, Asked(N_("Gültig bis"), widget="hidden")], None)
    return create_model(f"{kind.details.__name__}{name}", __base__=base, **fields)


@cache
def draft_of(key: str) -> type[PostDraft]:
    """Return the draft of one kind, for its form."""
    return cast(type[PostDraft], _for_kind(PostDraft, key, "Draft"))


@cache
def change_of(key: str) -> type[PostChange]:
    """Return what can be changed in a post of one kind, for its form."""
    return cast(type[PostChange], _for_kind(PostChange, key, "Change"))


class PostPatch(BaseModel):
    """Changes to a post; what is left out or null stays as it is."""

    model_config = ConfigDict(extra="forbid")

    details: SerializeAsAny[Details] | None = None
    title: Annotated[str, Line(120, 0)] | None = None
    body: Annotated[str, Prose(MAX_BODY, 0)] | None = None
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
    valid_until: date | None = None
    audience: Audience | None = None
    confirmed: Confirmed = []


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


def latest_end_of(post: Any) -> datetime | None:
    """Return the end beyond which a post never lives; None if posts of its kind do not end."""
    lifetime = KINDS[post.kind].lifetime
    if lifetime is None:
        return None
    return lifetime.latest_end(restored(post.kind, post.details), post.published_at)


def restored(kind: str, details: dict[str, Any]) -> Details:
    """Return the details that a row holds."""
    return KINDS[kind].details.model_validate({"kind": kind, **details})
