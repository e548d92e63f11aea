"""Apprenticeships wanted: who wants to learn what, without a name that strangers could find."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator
from sqlalchemy import Text, func

from app.core.asking import Asked
from app.core.i18n import N_
from app.core.text import Line, Name
from app.features.posts.facets import Facet, choice, flag
from app.features.posts.inquiry_forms import InquiryForm
from app.features.posts.kinds import Details, Disclosure, Kind, Lifetime, Shown, Topic, refuse
from app.features.posts.kinds.training_match import RULE, fields_of
from app.features.posts.kinds.work import (
    AT_ONCE,
    FIELDS,
    NEW_SINCE,
    STARTS,
    Certificate,
    field_in,
    occupation_in,
    start_of,
    year_choices,
)
from app.models.posts import Audience, Post
from app.reference.codes import OccupationFieldCode, SizeBandCode, choices_of
from app.reference.occupations import OccupationName
from app.reference.tables import occupation_fields, size_bands

MAX_WISHES = 5


class ApprenticeshipWanted(Details):
    kind: Annotated[Literal["apprenticeship_wanted"], Asked(N_("Art"), widget="hidden")] = (
        "apprenticeship_wanted"
    )
    first_name: Annotated[
        str,
        Name(40),
        Asked(
            N_("Vorname"),
            hint=N_("Wie Betriebe Sie nennen sollen. Ihr Nachname steht nirgends."),
            autocomplete="given-name",
        ),
    ]
    wishes: Annotated[
        list[OccupationName],
        Field(max_length=MAX_WISHES, description="Occupations, the dearest first."),
        Asked(
            N_("Wunschberufe"),
            hint=N_("Bis zu fünf, einer je Zeile, zum Beispiel Feinwerkmechaniker"),
            rows=5,
        ),
    ] = []
    wished_fields: Annotated[
        list[OccupationFieldCode],
        Field(max_length=10, description="Those of the wished occupations are added."),
        Asked(N_("Berufsfelder"), hint=N_("Wenn auch ein verwandter Beruf passt."), choices=FIELDS),
    ] = []
    postcode: Annotated[
        str,
        Line(5),
        Field(pattern=r"^\d{5}$"),
        Disclosure.KEEPER,
        Asked(
            N_("Ihre Postleitzahl"),
            hint=N_("Zum Berechnen der Entfernung. Gezeigt werden nur die ersten drei Ziffern."),
            autocomplete="postal-code",
            needed=True,
        ),
    ] = ""
    area: Annotated[
        str,
        Line(3, 0),
        Field(description="The first three digits of the postcode; follows from it."),
        Asked(N_("Postleitzahl beginnt mit"), widget="hidden"),
    ] = ""
    max_km: Annotated[
        Annotated[int, Field(ge=1, le=500)],
        Field(description="Kilometres as the crow flies."),
        Asked(N_("Höchstens so weit weg (km)")),
    ] = 25
    start_year: Annotated[
        Annotated[int, Field(ge=2020, le=2100)] | None,
        Field(description="Null means at once."),
        Asked(
            N_("Beginn"),
            widget="select",
            choices=year_choices,
            nothing=N_("ab sofort"),
            is_year=True,
        ),
    ] = None
    certificate: Annotated[
        Certificate,
        Field(description="Held, or expected by the start."),
        Asked(N_("Schulabschluss"), hint=N_("Den Sie haben oder bis zum Beginn haben werden.")),
    ] = Certificate.NOT_STATED
    wants_internship: Annotated[bool, Asked(N_("Gern zuerst ein Praktikum"))] = False
    company_sizes: Annotated[
        list[SizeBandCode],
        Field(max_length=9),
        Asked(N_("Gewünschte Betriebsgröße"), choices=choices_of(size_bands)),
    ] = []
    shows_profile: Annotated[
        bool,
        Asked(
            N_("Mein Profil mit vollem Namen zeigen"),
            hint=N_("Ohne Haken steht eine Kennung anstelle Ihres Namens. Später nicht änderbar."),
        ),
    ] = False

    @field_validator("wishes")
    @classmethod
    def _each_once(cls, wishes: list[str]) -> list[str]:
        return list(dict.fromkeys(wishes))

    @model_validator(mode="after")
    def _complete(self) -> "ApprenticeshipWanted":
        fields = dict.fromkeys([*self.wished_fields, *fields_of(self.wishes)])
        self.wished_fields = list(fields)[:10]
        if not self.wishes and not self.wished_fields:
            refuse("wishes_missing", N_("Bitte geben Sie mindestens einen Beruf oder ein Feld an."))
        if self.postcode:
            self.area = self.postcode[:3]
        if not self.area:  # whoever may not see the postcode reads the area only
            refuse("postcode_missing", N_("Bitte geben Sie Ihre Postleitzahl an."))
        return self


def _title(details: ApprenticeshipWanted) -> str:
    names = details.wishes[:2] or [occupation_fields()[one].de for one in details.wished_fields[:2]]
    wanted = ", ".join(names)
    return f"{details.first_name} sucht eine Ausbildung: {wanted}"[:120]


def _ends(details: ApprenticeshipWanted) -> datetime | None:
    """Return the end of the year in which the training is to start."""
    if details.start_year is None:
        return None
    return start_of(datetime(details.start_year + 1, 1, 1).date())  # noqa: DTZ001 - a calendar day


def _structured(post: Shown) -> dict[str, Any]:
    return {"@type": "Demand", "name": post.title, "description": post.text, "url": post.url}


def _start(post: Any) -> Any:
    return func.coalesce(post.details["start_year"].astext, AT_ONCE)


KIND = Kind(
    ApprenticeshipWanted,
    label=N_("Ausbildungsgesuch"),
    plural=N_("Ausbildungsgesuche"),
    hint=N_("Was Sie lernen wollen; passende Plätze melden wir Ihnen"),
    example=ApprenticeshipWanted(
        first_name="Mika",
        wishes=["Feinwerkmechaniker/-in"],
        postcode="58455",
        max_km=20,
        certificate=Certificate.INTERMEDIATE,
    ),
    structured=_structured,
    topic=Topic.TRAINING,
    lifetime=Lifetime(days=180, longest_days=548, ends=_ends),
    facets=(
        occupation_in("wishes", is_list=True),
        field_in("wished_fields", is_list=True),
        Facet(
            STARTS.name,
            STARTS.annotation,
            Text(),
            lambda value: _start(Post) == value,
            values=_start,
        ),
        replace(choice(ApprenticeshipWanted, "certificate"), name="held_certificate"),
        choice(ApprenticeshipWanted, "area"),
        flag(ApprenticeshipWanted, "wants_internship"),
        NEW_SINCE,
    ),
    title=_title,
    on_card=("area", "max_km", "start_year", "certificate"),
    prefix="AGE",
    conceals=lambda details: not details.shows_profile,
    audience=Audience.SIGNED_IN,
    has_place=False,
    rule=RULE,
    inquiry=InquiryForm(
        label=N_("Kontakt aufnehmen"),
        hint=N_(
            "Sie schreiben an einen Menschen, der vielleicht noch keine 18 ist. Stellen Sie sich "
            "und Ihren Betrieb vor; seinen Namen nennt er Ihnen, wenn er antworten möchte."
        ),
        offers=("apprenticeship",),
        names_asker=True,
    ),
)
