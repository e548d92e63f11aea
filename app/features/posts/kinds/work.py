"""What training places and jobs have in common: times, certificates, filters, and JobPosting."""

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from sqlalchemy import ARRAY, Integer, Text, case, cast, func, select

from app.core import clock
from app.core.asking import Asked, label
from app.core.i18n import N_, Locale, translate
from app.core.settings import settings
from app.core.text import Line
from app.features.posts.facets import Facet, holds
from app.features.posts.kinds import Shown
from app.models.companies import Company
from app.models.posts import Post
from app.reference.codes import OccupationFieldCode, SizeBandCode, choices_of
from app.reference.occupations import OccupationName, occupation_choices
from app.reference.tables import occupation_fields, size_bands

AT_ONCE = "at_once"
MORE = N_("Weitere Angaben")
SITE = re.compile(r"(?P<postcode>\d{5})\s+(?P<town>.+)")
FIELDS = choices_of(occupation_fields)


class WorkingTime(StrEnum):
    """How much of a week somebody works."""

    FULL_TIME = "full_time"
    PART_TIME = "part_time"


class Certificate(StrEnum):
    """School leaving certificates, the lowest first; an offer names the least that it wants."""

    NOT_STATED = "not_stated"
    NONE = "none"
    FIRST = "first"
    INTERMEDIATE = "intermediate"
    ADVANCED_TECHNICAL = "advanced_technical"
    GENERAL = "general"


label(
    {
        WorkingTime.FULL_TIME: N_("Vollzeit"),
        WorkingTime.PART_TIME: N_("Teilzeit"),
        Certificate.NOT_STATED: N_("keine Angabe"),
        Certificate.NONE: N_("ohne Schulabschluss"),
        Certificate.FIRST: N_("Erster Schulabschluss"),
        Certificate.INTERMEDIATE: N_("Mittlerer Schulabschluss"),
        Certificate.ADVANCED_TECHNICAL: N_("Fachhochschulreife"),
        Certificate.GENERAL: N_("Abitur"),
    }
)
RANKS = [one.value for one in Certificate]


def rank(certificate: Certificate) -> int:
    """Return how high a certificate stands, from 0."""
    return RANKS.index(certificate)


def _day(given: object) -> object:
    """Read a day as German letters write it (``14.01.2027``); leave anything else as it is."""
    if isinstance(given, str) and given.count(".") == 2:  # noqa: PLR2004 - day, month, year
        day, month, year = (part.strip() for part in given.split("."))
        return f"{year}-{month:0>2}-{day:0>2}"
    return given


Day = Annotated[date, BeforeValidator(_day)]
ShortLine = Annotated[str, Line(80)]
Places = Annotated[int, Field(ge=1, le=999)]


def start_of(day: date) -> datetime:
    """Return when a day begins in the region."""
    return datetime.combine(day, time(), settings().zone)


def next_first_of_august(today: date) -> date:
    """Return the day on which most training that can still be sought will start."""
    return date(today.year + 1, 8, 1)


def _years() -> list[str]:
    year = clock.today(settings().zone).year
    return [str(year), str(year + 1), str(year + 2)]


def start_choices(locale: Locale) -> Sequence[tuple[str, str]]:
    """Return at once, this year, the next and the one after."""
    return [(AT_ONCE, translate(N_("ab sofort"), locale)), *((year, year) for year in _years())]


def year_choices(_: Locale) -> Sequence[tuple[str, str]]:
    """Return this year, the next and the one after."""
    return [(year, year) for year in _years()]


def _start(post: Any) -> Any:
    return func.coalesce(func.left(post.details["starts_on"].astext, 4), AT_ONCE)


STARTS = Facet(
    "start",
    Annotated[
        str | None,
        Field(pattern=r"^(at_once|20\d\d)$", description="A year, or `at_once`."),
        Asked(N_("Beginn"), widget="select", choices=start_choices),
    ],
    Text(),
    lambda value: _start(Post) == value,
    values=_start,
)


def _size(post: Any) -> Any:
    found = select(Company.size_band).where(Company.id == post.company_id)
    return found.correlate_except(Company).scalar_subquery()


COMPANY_SIZE = Facet(
    "company_size",
    Annotated[
        SizeBandCode | None,
        Asked(N_("Betriebsgröße"), widget="select", choices=choices_of(size_bands)),
    ],
    Text(),
    lambda value: Post.company_id.in_(select(Company.id).where(Company.size_band == value)),
    values=_size,
)
_DAYS = (1, 7, 14, 28)


def _day_choices(locale: Locale) -> Sequence[tuple[str, str]]:
    yesterday = translate(N_("seit gestern"), locale)
    days = N_("seit %(days)s Tagen")
    return [("1", yesterday), *((str(n), translate(days, locale, days=n)) for n in _DAYS[1:])]


def _within(published_at: Any, days: Any) -> Any:
    return published_at >= func.now() - func.make_interval(0, 0, 0, days)


NEW_SINCE = Facet(
    "new_within_days",
    Annotated[
        Literal["1", "7", "14", "28"] | None,
        Asked(N_("Neu"), widget="select", choices=_day_choices),
    ],
    Text(),
    lambda value: _within(Post.published_at, cast(value, Integer())),
    values=lambda post: _each(
        func.concat_ws(",", *(case((_within(post.published_at, n), str(n))) for n in _DAYS))
    ),
)


def _each(joined: Any) -> Any:
    """Return the several values of a text that joins them with commas."""
    return func.unnest(func.string_to_array(func.nullif(joined, ""), ","))


def _rank(said: Any) -> Any:
    return func.array_position(cast("{" + ",".join(RANKS) + "}", ARRAY(Text())), said)


MY_CERTIFICATE = Facet(
    "my_certificate",
    Annotated[
        Certificate | None,
        Asked(
            N_("Mein Schulabschluss"),
            hint=N_("Zeigt, was mit diesem Abschluss oder einem niedrigeren möglich ist."),
            widget="select",
        ),
    ],
    Text(),
    lambda value: _rank(Post.details["certificate"].astext) <= _rank(value),
    values=lambda post: _each(
        case(
            {one: ",".join(RANKS[n:]) for n, one in enumerate(RANKS)},
            value=post.details["certificate"].astext,
        )
    ),
)


def occupation_in(field: str, *, is_list: bool = False) -> Facet:
    """Keep posts about an occupation, however it is spelt."""

    def condition(value: Any) -> Any:
        return holds(**{field: func.jsonb_build_array(value) if is_list else value})

    return Facet(
        "occupation",
        Annotated[
            OccupationName | None,
            Asked(N_("Beruf"), widget="text", choices=occupation_choices),
        ],
        Text(),
        condition,
        counted=field,
        is_list=is_list,
    )


def field_in(field: str, *, is_list: bool = False) -> Facet:
    """Keep posts of an occupational field."""

    def condition(value: Any) -> Any:
        return holds(**{field: func.jsonb_build_array(value) if is_list else value})

    return Facet(
        "occupation_field",
        Annotated[
            OccupationFieldCode | None, Asked(N_("Berufsfeld"), widget="select", choices=FIELDS)
        ],
        Text(),
        condition,
        counted=field,
        is_list=is_list,
    )


def structured_work(post: Shown) -> dict[str, Any]:
    """Return what schema.org's JobPosting says of any work; kinds add type and pay.

    Search engines require title, description, datePosted, hiringOrganization and jobLocation.
    """
    details = post.details
    times = details.get("working_times") or ["full_time"]
    said: dict[str, Any] = {
        "@type": "JobPosting",
        "title": post.title,
        "description": post.html or post.text or post.title,
        "url": post.url,
        "datePosted": post.published_at,
        "hiringOrganization": {**post.author, "@type": "Organization"},
        "jobLocation": _locations(post),
        "employmentType": [one.upper() for one in times],
        "directApply": details.get("application_way", "platform") == "platform",
    }
    if post.reference:
        said["identifier"] = {
            "@type": "PropertyValue",
            "name": post.author["name"],
            "value": post.reference,
        }
    if post.last_day:
        said["validThrough"] = post.last_day
    if details.get("starts_on"):
        said["jobStartDate"] = details["starts_on"]
    if details.get("places_total"):
        said["totalJobOpenings"] = details["places_total"]
    if details.get("benefits"):
        said["jobBenefits"] = ", ".join(details["benefits"])
    return said


def pay(least: float, most: float | None = None, unit: str = "MONTH") -> dict[str, Any]:
    """Return an amount of euros in a span of time as schema.org has it."""
    value: dict[str, Any] = {"@type": "QuantitativeValue", "unitText": unit}
    value |= {"value": least} if most in {None, least} else {"minValue": least, "maxValue": most}
    return {"@type": "MonetaryAmount", "currency": "EUR", "value": value}


def _locations(post: Shown) -> list[dict[str, Any]]:
    """Return where the work is: the place of the post, and further sites with a postcode."""
    found = [post.place] if post.place else []
    for site in post.details.get("sites") or []:
        if written := SITE.match(site):
            address = {"postalCode": written["postcode"], "addressLocality": written["town"]}
            found.append(_site(address))
    return found or [_site({})]


def _site(address: dict[str, str]) -> dict[str, Any]:
    whole = {"@type": "PostalAddress", "addressCountry": "DE", **address}
    return {"@type": "Place", "address": whole}
