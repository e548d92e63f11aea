"""Jobs: positions for skilled workers, with their pay up front."""

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.core.asking import Asked, label
from app.core.i18n import N_
from app.core.text import Tag
from app.features.posts.facets import at_least, choice, includes
from app.features.posts.kinds import (
    Details,
    Examined,
    Finding,
    Kind,
    Lifetime,
    Shown,
    Topic,
    refuse,
)
from app.features.posts.kinds.applying import Applying, application, application_days
from app.features.posts.kinds.equal_treatment import all_genders, unequal_treatment
from app.features.posts.kinds.work import (
    COMPANY_SIZE,
    FIELDS,
    MORE,
    NEW_SINCE,
    STARTS,
    Day,
    Places,
    ShortLine,
    WorkingTime,
    field_in,
    pay,
    start_of,
    structured_work,
)
from app.reference.codes import OccupationFieldCode

PAY = N_("Gehalt: Euro brutto")


class Contract(StrEnum):
    """How long and in what form somebody is employed."""

    PERMANENT = "permanent"
    FIXED_TERM = "fixed_term"
    MINI_JOB = "mini_job"
    FREELANCE = "freelance"


class PayPeriod(StrEnum):
    """For what span of time an amount is paid."""

    HOUR = "hour"
    MONTH = "month"
    YEAR = "year"


label(
    {
        Contract.PERMANENT: N_("unbefristet"),
        Contract.FIXED_TERM: N_("befristet"),
        Contract.MINI_JOB: N_("Minijob"),
        Contract.FREELANCE: N_("freie Mitarbeit"),
        PayPeriod.HOUR: N_("je Stunde"),
        PayPeriod.MONTH: N_("im Monat"),
        PayPeriod.YEAR: N_("im Jahr"),
    }
)
Amount = Annotated[float, Field(gt=0, le=1_000_000)]


class Position(Details):
    """What the work is, for how much, how long and where."""

    pay_from_eur: Annotated[
        Amount | None,
        Field(description="Euros gross in `pay_period`."),
        Asked(
            N_("Gehalt von (€)"),
            hint=N_("Bewerber sollen die Spanne vor dem Gespräch kennen (Richtlinie 2023/970)."),
            group=PAY,
        ),
    ] = None
    pay_to_eur: Annotated[
        Amount | None,
        Field(description="Euros gross in `pay_period`."),
        Asked(N_("Gehalt bis (€)"), group=PAY),
    ] = None
    pay_period: Annotated[PayPeriod, Asked(N_("Zeitraum"), group=PAY)] = PayPeriod.MONTH
    follows_collective_agreement: Annotated[
        bool, Asked(N_("Vergütung nach Tarifvertrag"), group=PAY)
    ] = False
    contract: Annotated[Contract, Asked(N_("Vertrag"))] = Contract.PERMANENT
    working_times: Annotated[
        list[WorkingTime], Field(min_length=1, max_length=2), Asked(N_("Arbeitszeit"))
    ] = [WorkingTime.FULL_TIME]
    weekly_hours: Annotated[
        Annotated[float, Field(gt=0, le=60)] | None,
        Field(description="Hours a week."),
        Asked(N_("Stunden in der Woche")),
    ] = None
    remote_percent: Annotated[
        Annotated[int, Field(ge=0, le=100)],
        Field(description="The share of work that may be done elsewhere, in per cent."),
        Asked(N_("Mobiles Arbeiten bis (%)")),
    ] = 0
    starts_on: Annotated[Day | None, Asked(N_("Beginn"), hint=N_("Ohne Angabe: ab sofort"))] = None
    places_total: Annotated[Places, Asked(N_("Stellen"), group=MORE, folded=True)] = 1
    places_free: Annotated[
        Annotated[int, Field(ge=0, le=999)] | None,
        Field(description="At most `places_total`; with 0 the post is done."),
        Asked(
            N_("Davon noch frei"),
            hint=N_("Bei 0 gilt die Stelle als besetzt und verschwindet."),
            group=MORE,
            folded=True,
        ),
    ] = None
    occupation_field: Annotated[
        OccupationFieldCode | None,
        Asked(N_("Berufsfeld"), widget="select", choices=FIELDS, group=MORE, folded=True),
    ] = None
    sites: Annotated[
        list[ShortLine],
        Field(max_length=20, description="Further sites, each as postcode and town."),
        Asked(
            N_("Weitere Arbeitsorte"),
            hint=N_("Einer je Zeile, zum Beispiel 44793 Bochum"),
            group=MORE,
            rows=3,
            folded=True,
        ),
    ] = []
    benefits: Annotated[
        list[Tag],
        Field(max_length=15),
        Asked(
            N_("Wir bieten"),
            hint=N_("Mit Komma getrennt, zum Beispiel Jobticket, Kinderbetreuung"),
            widget="tags",
            group=MORE,
            folded=True,
        ),
    ] = []

    @model_validator(mode="after")
    def _amounts_fit(self) -> "Position":
        least, most = self.pay_from_eur, self.pay_to_eur
        if least is not None and most is not None and least > most:
            refuse("pay_upside_down", N_("Das Gehalt reicht vom kleineren zum größeren Betrag."))
        if self.places_free is None:
            self.places_free = self.places_total
        if self.places_free > self.places_total:
            refuse("too_many_free", N_("Es können nicht mehr Plätze frei sein, als es gibt."))
        return self


class Job(Applying, Position):
    kind: Annotated[Literal["job"], Asked(N_("Art"), widget="hidden")] = "job"


def _examine(post: Examined) -> Iterator[Finding]:
    yield from unequal_treatment(post, "benefits")


def _due(details: Job) -> datetime | None:
    days: list[date] = [day for day in (details.application_until, details.starts_on) if day]
    return start_of(min(days)) if days else None


def _structured(post: Shown) -> dict[str, Any]:
    details = post.details
    said = structured_work(post)
    if details["contract"] == Contract.FREELANCE:
        said["employmentType"] = ["CONTRACTOR"]
    elif details["contract"] == Contract.FIXED_TERM:
        said["employmentType"] = [*said["employmentType"], "TEMPORARY"]
    amounts = [one for one in (details.get("pay_from_eur"), details.get("pay_to_eur")) if one]
    if amounts:
        said["baseSalary"] = pay(amounts[0], amounts[-1], details["pay_period"].upper())
    if details.get("remote_percent") == 100:  # noqa: PLR2004 - per cent
        said["jobLocationType"] = "TELECOMMUTE"
        said["applicantLocationRequirements"] = {"@type": "Country", "name": "DE"}
    return said


KIND = Kind(
    Job,
    label=N_("Stelle"),
    plural=N_("Stellen"),
    hint=N_("Fachkräfte gesucht; „(m/w/d)“ ergänzen wir im Titel"),
    example=Job(
        pay_from_eur=3_400,
        pay_to_eur=4_100,
        weekly_hours=38,
        remote_percent=20,
        benefits=["jobticket"],
    ),
    structured=_structured,
    topic=Topic.TRAINING,
    lifetime=Lifetime(days=60, longest_days=365),
    facets=(
        field_in("occupation_field"),
        includes(Job, "working_times"),
        choice(Job, "contract"),
        at_least("remote_percent", "remote_from_percent", N_("Mobiles Arbeiten ab (%)")),
        STARTS,
        COMPANY_SIZE,
        NEW_SINCE,
    ),
    titled=all_genders,
    examine=_examine,
    due=_due,
    occasions=application_days,
    prefix="JOB",
    is_over=lambda details: details.places_free == 0,
    done=N_("besetzt"),
    inquiry=application(),
)
