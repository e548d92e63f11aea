"""Courses: further training with its dates, its price and what helps to pay for it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator
from sqlalchemy import Date, cast, func

from app.core import clock
from app.core.asking import Asked, label
from app.core.i18n import N_
from app.core.settings import settings
from app.core.text import Line, Url
from app.features.posts.facets import Facet, at_most, choice, includes
from app.features.posts.inquiry_forms import InquiryForm
from app.features.posts.kinds import Details, Kind, Lifetime, Shown, Topic, refuse
from app.features.posts.kinds.work import MORE, NEW_SINCE, Day, start_of
from app.features.posts.occasions import Occasion
from app.models.posts import Post
from app.reference.codes import Language, choices_of
from app.reference.tables import languages


class CourseFormat(StrEnum):
    """How a course is held."""

    FULL_TIME = "full_time"
    PART_TIME = "part_time"
    ONLINE_LIVE = "online_live"
    SELF_STUDY = "self_study"
    BLENDED = "blended"
    IN_HOUSE = "in_house"


class Completion(StrEnum):
    """What a course ends with."""

    ATTENDANCE = "attendance"
    CERTIFICATE = "certificate"
    CHAMBER_EXAM = "chamber_exam"
    TRAINER_EXAM = "trainer_exam"


class ValueAddedTax(StrEnum):
    """What a price says of value added tax."""

    INCLUDED = "included"
    EXCLUDED = "excluded"
    EXEMPT = "exempt"


class Funding(StrEnum):
    """What may help to pay for a course."""

    EDUCATION_CHEQUE = "education_cheque"
    UPGRADING_GRANT = "upgrading_grant"
    QUALIFICATION_OPPORTUNITIES = "qualification_opportunities"
    EDUCATION_VOUCHER = "education_voucher"


label(
    {
        CourseFormat.FULL_TIME: N_("Präsenz, Vollzeit"),
        CourseFormat.PART_TIME: N_("Präsenz, berufsbegleitend"),
        CourseFormat.ONLINE_LIVE: N_("online, live"),
        CourseFormat.SELF_STUDY: N_("Selbstlernen"),
        CourseFormat.BLENDED: N_("teils Präsenz, teils online"),
        CourseFormat.IN_HOUSE: N_("im eigenen Betrieb"),
        Completion.ATTENDANCE: N_("Teilnahmebescheinigung"),
        Completion.CERTIFICATE: N_("Zertifikat"),
        Completion.CHAMBER_EXAM: N_("Prüfung vor der Kammer"),
        Completion.TRAINER_EXAM: N_("Ausbildereignung (AEVO)"),
        ValueAddedTax.INCLUDED: N_("einschließlich Umsatzsteuer"),
        ValueAddedTax.EXCLUDED: N_("zuzüglich Umsatzsteuer"),
        ValueAddedTax.EXEMPT: N_("umsatzsteuerfrei"),
        Funding.EDUCATION_CHEQUE: N_("Bildungsscheck"),
        Funding.UPGRADING_GRANT: N_("Aufstiegs-BAföG"),
        Funding.QUALIFICATION_OPPORTUNITIES: N_("Qualifizierung Beschäftigter (§ 82 SGB III)"),
        Funding.EDUCATION_VOUCHER: N_("Bildungsgutschein"),
    }
)
ONLINE = frozenset({CourseFormat.ONLINE_LIVE, CourseFormat.SELF_STUDY})


class Course(Details):
    kind: Annotated[Literal["course"], Asked(N_("Art"), widget="hidden")] = "course"
    format: Annotated[CourseFormat, Asked(N_("Unterrichtsform"))]
    completion: Annotated[Completion, Asked(N_("Abschluss"))] = Completion.ATTENDANCE
    dates: Annotated[
        list[Day],
        Field(max_length=100, description="The days on which the course is held."),
        Asked(N_("Termine"), hint=N_("Ein Tag je Zeile, zum Beispiel 14.01.2027"), rows=5),
    ] = []
    duration_hours: Annotated[
        Annotated[float, Field(gt=0, le=5_000)] | None,
        Field(description="Hours of teaching in all."),
        Asked(N_("Unterrichtsstunden"), needed=False),
    ] = None
    price_eur: Annotated[
        Annotated[float, Field(ge=0, le=100_000)],
        Field(description="Euros for one person; 0 is free."),
        Asked(N_("Preis in Euro"), hint=N_("Für eine Person; 0 bedeutet kostenlos.")),
    ]
    value_added_tax: Annotated[ValueAddedTax, Asked(N_("Umsatzsteuer"))] = ValueAddedTax.EXEMPT
    funding: Annotated[
        list[Funding],
        Field(max_length=4),
        Asked(N_("Förderung möglich durch"), group=MORE, folded=True),
    ] = []
    places: Annotated[
        Annotated[int, Field(ge=1, le=10_000)] | None, Asked(N_("Plätze"), group=MORE, folded=True)
    ] = None
    for_whom: Annotated[
        str,
        Line(200, 0),
        Asked(
            N_("Zielgruppe"),
            hint=N_("Zum Beispiel Ausbildende in Metallberufen"),
            group=MORE,
            folded=True,
        ),
    ] = ""
    language: Annotated[
        Language,
        Asked(
            N_("Sprache"), widget="select", choices=choices_of(languages), group=MORE, folded=True
        ),
    ] = "de"
    register_url: Annotated[
        Url | Literal[""],
        Asked(N_("Internetseite für Anmeldungen"), widget="url", group=MORE, folded=True),
    ] = ""

    @field_validator("dates")
    @classmethod
    def _in_order(cls, dates: list[Any]) -> list[Any]:
        return sorted(set(dates))

    @model_validator(mode="after")
    def _is_held_some_day(self) -> "Course":
        if not self.dates and self.format != CourseFormat.SELF_STUDY:
            refuse("dates_missing", N_("Bitte geben Sie mindestens einen Termin an."))
        return self


def _ends(details: Course) -> datetime | None:
    """Return the end of the last day."""
    return start_of(details.dates[-1] + timedelta(days=1)) if details.dates else None


def _due(details: Course) -> datetime | None:
    """Return the next day of the course, or its first."""
    today = clock.today(settings().zone)
    days = [day for day in details.dates if day >= today] or details.dates
    return start_of(days[0]) if days else None


def _structured(post: Shown) -> dict[str, Any]:
    details = post.details
    online = details["format"] in ONLINE
    blended = details["format"] == CourseFormat.BLENDED
    held: dict[str, Any] = {
        "@type": "CourseInstance",
        "courseMode": "Blended" if blended else "Online" if online else "Onsite",
        "inLanguage": details["language"],
    }
    if details.get("duration_hours"):
        held["courseWorkload"] = f"PT{details['duration_hours']:g}H"
    if details["dates"]:
        first, last = details["dates"][0], details["dates"][-1]
        held |= {"startDate": first, "endDate": last}
        held["courseSchedule"] = {
            "@type": "Schedule",
            "startDate": first,
            "endDate": last,
            "repeatCount": len(details["dates"]),
            "repeatFrequency": "Daily",
        }
    if post.place and not online:
        held["location"] = post.place
    price = details["price_eur"]
    return {
        "@type": "Course",
        "name": post.title,
        "description": post.text or post.title,
        "url": post.url,
        "provider": {**post.author, "@type": "Organization"},
        "inLanguage": details["language"],
        "offers": [
            {
                "@type": "Offer",
                "category": "Paid" if price else "Free",
                "price": price,
                "priceCurrency": "EUR",
            }
        ],
        "hasCourseInstance": [held],
    }


HELD_FROM = Facet(
    "held_from",
    Annotated[Day | None, Asked(N_("Termin ab"))],
    Date(),
    lambda value: cast(func.jsonb_extract_path_text(Post.details, "dates", "-1"), Date()) >= value,
)

KIND = Kind(
    Course,
    label=N_("Kurs"),
    plural=N_("Kurse"),
    hint=N_("Weiterbildung mit Terminen, Preis und Fördermöglichkeiten"),
    example=Course(
        format=CourseFormat.SELF_STUDY,
        completion=Completion.TRAINER_EXAM,
        duration_hours=115,
        price_eur=590,
        funding=[Funding.EDUCATION_CHEQUE],
        places=18,
    ),
    structured=_structured,
    topic=Topic.TRAINING,
    lifetime=Lifetime(days=180, longest_days=548, ends=_ends, may_be_reserved=False),
    facets=(
        choice(Course, "format"),
        choice(Course, "completion"),
        includes(Course, "funding"),
        at_most("price_eur", "price_to_eur", N_("Preis bis (€)")),
        HELD_FROM,
        NEW_SINCE,
    ),
    due=_due,
    occasions=lambda course: [
        Occasion(f"course-{day:%Y%m%d}", N_("Kurs"), day) for day in course.dates
    ],
    prefix="KUR",
    inquiry=InquiryForm(label=N_("Zum Kurs anfragen"), takes_files=False),
)
