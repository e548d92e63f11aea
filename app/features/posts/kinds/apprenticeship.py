"""Apprenticeships: places where somebody is trained; sought by ``apprenticeship_wanted``."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from sqlalchemy import Boolean, and_, case, func, or_

from app.core.asking import Asked
from app.core.i18n import N_
from app.features.posts.facets import Facet, choice, flag, includes
from app.features.posts.kinds import (
    Examined,
    Finding,
    Kind,
    Lifetime,
    Shown,
    Topic,
)
from app.features.posts.kinds.applying import Applying, application, application_days
from app.features.posts.kinds.equal_treatment import ALL_GENDERS, all_genders, unequal_treatment
from app.features.posts.kinds.training import TITLES, Training, TrainingType
from app.features.posts.kinds.training_match import RULE
from app.features.posts.kinds.work import (
    AT_ONCE,
    COMPANY_SIZE,
    MY_CERTIFICATE,
    NEW_SINCE,
    STARTS,
    Certificate,
    WorkingTime,
    field_in,
    next_first_of_august,
    occupation_in,
    pay,
    start_of,
    structured_work,
)
from app.models.posts import Post
from app.reference.tables import known_training_pay

LATE_MONTHS = range(8, 13)  # August to December: places of the running year are still filled


class Apprenticeship(Applying, Training):
    kind: Annotated[Literal["apprenticeship"], Asked(N_("Art"), widget="hidden")] = "apprenticeship"


def _title(details: Apprenticeship) -> str:
    said = f"{TITLES[details.training_type]} {details.occupation}"
    return said if ALL_GENDERS in said else f"{said} {ALL_GENDERS}"


def _examine(post: Examined) -> Iterator[Finding]:
    yield from unequal_treatment(post, "prior_qualifications", "benefits")
    yield from _below_minimum(post.details, post.today)


def _below_minimum(details: Apprenticeship, today: date) -> Iterator[Finding]:
    """Find pay below the minimum of § 17 BBiG; a year not yet announced counts as the latest."""
    if (
        details.training_type != TrainingType.DUAL_TRAINING
        or details.follows_collective_agreement
        or details.working_times == [WorkingTime.PART_TIME]
    ):
        return
    year = details.starts_on.year if details.starts_on else today.year
    known = known_training_pay(year)
    for number, (paid, least) in enumerate(
        zip(details.pay_eur, known.amounts_eur, strict=True), start=1
    ):
        if paid is None or paid >= least:
            continue
        text = N_(
            "Die Vergütung im %(number)s. Jahr liegt unter der zuletzt bekannten "
            "Mindestausbildungsvergütung (%(year)s: %(least)s €). Bitte erhöhen Sie sie, oder "
            "geben Sie an, dass ein Tarifvertrag gilt."
        )
        if known.start_year == year:
            text = N_(
                "Die Vergütung im %(number)s. Jahr liegt unter der Mindestausbildungsvergütung "
                "(%(year)s: %(least)s €). Bitte erhöhen Sie sie, oder geben Sie an, dass ein "
                "Tarifvertrag gilt."
            )
        yield Finding(
            ("details", f"pay_year_{number}_eur"),
            f"below_minimum_pay_{number}",
            text,
            {"number": number, "year": known.start_year, "least": f"{least:,}".replace(",", ".")},
        )


def _ends(details: Apprenticeship) -> datetime | None:
    """Return the end of the day before the start."""
    return start_of(details.starts_on) if details.starts_on else None


def _remark(details: Apprenticeship, today: date) -> str | None:
    """Say that a place of the running year is still free after most have started."""
    this_year = details.starts_at_once or (
        details.starts_on is not None and details.starts_on.year == today.year
    )
    return N_("Nachvermittlung") if this_year and today.month in LATE_MONTHS else None


def _is_late(post: Any) -> Any:
    """Whether a place is one of the running year, from August on."""
    start = func.coalesce(func.left(post.details["starts_on"].astext, 4), AT_ONCE)
    return and_(
        func.extract("month", func.now()) >= LATE_MONTHS.start,
        or_(start == func.to_char(func.now(), "YYYY"), start == AT_ONCE),
    )


LATE = Facet(
    "is_late_placement",
    Annotated[
        bool | None,
        Field(description="Places of this year that are still free, from August to December."),
        Asked(N_("Nachvermittlung: noch frei für dieses Jahr"), widget="checkbox"),
    ],
    Boolean(),
    lambda value: _is_late(Post) == value,
    values=lambda post: case((_is_late(post), "true")),
)


def _structured(post: Shown) -> dict[str, Any]:
    details = post.details
    said = structured_work(post)
    if details["training_type"] in {TrainingType.INTERNSHIP, TrainingType.SCHOOL_INTERNSHIP}:
        said["employmentType"] = ["INTERN"]
    if details.get("pay_year_1_eur") is not None:
        said["baseSalary"] = pay(details["pay_year_1_eur"])
    if (level := LEVELS.get(details["certificate"])) is not None:
        credential = {"@type": "EducationalOccupationalCredential", "credentialCategory": level}
        said["educationRequirements"] = credential
    return said


LEVELS = {
    Certificate.NONE: "no requirements",
    Certificate.INTERMEDIATE: "high school",
    Certificate.ADVANCED_TECHNICAL: "high school",
    Certificate.GENERAL: "high school",
}

KIND = Kind(
    Apprenticeship,
    label=N_("Ausbildungsplatz"),
    plural=N_("Ausbildungsplätze"),
    hint=N_("Ausbildung, duales Studium, Praktikum: wen Sie ausbilden wollen"),
    example=Apprenticeship(
        occupation="Feinwerkmechaniker/-in",
        starts_at_once=True,
        certificate=Certificate.INTERMEDIATE,
        pay_year_1_eur=1_060,
        pay_year_2_eur=1_120,
        pay_year_3_eur=1_190,
        pay_year_4_eur=1_250,
        benefits=["jobticket"],
        internship_possible=True,
    ),
    structured=_structured,
    topic=Topic.TRAINING,
    lifetime=Lifetime(days=180, longest_days=548, ends=_ends),
    facets=(
        occupation_in("occupation"),
        field_in("occupation_field"),
        choice(Apprenticeship, "training_type"),
        STARTS,
        MY_CERTIFICATE,
        includes(Apprenticeship, "working_times"),
        flag(Apprenticeship, "internship_possible"),
        LATE,
        COMPANY_SIZE,
        NEW_SINCE,
    ),
    title=_title,
    titled=all_genders,
    suggests=lambda today: {"starts_on": next_first_of_august(today)},
    examine=_examine,
    due=_ends,
    occasions=application_days,
    prefix="AUS",
    is_over=lambda details: details.places_free == 0,
    done=N_("besetzt"),
    remark=_remark,
    rule=RULE,
    inquiry=application("apprenticeship_wanted"),
)
