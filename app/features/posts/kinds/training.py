"""What training is: its type, occupation, start, length and pay."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from app.core.asking import Asked, label
from app.core.i18n import N_
from app.core.text import Line, Tag
from app.features.posts.kinds import Details, Disclosure, refuse
from app.features.posts.kinds.work import (
    FIELDS,
    MORE,
    Certificate,
    Day,
    Places,
    ShortLine,
    WorkingTime,
)
from app.reference.codes import OccupationFieldCode
from app.reference.occupations import OccupationName, find_occupation, occupation_choices

PAY = N_("Vergütung: Euro brutto im Monat")


class TrainingType(StrEnum):
    """What kind of training it is."""

    DUAL_TRAINING = "dual_training"
    DUAL_STUDY = "dual_study"
    ENTRY_QUALIFICATION = "entry_qualification"
    RETRAINING = "retraining"
    PARTIAL_QUALIFICATION = "partial_qualification"
    INTERNSHIP = "internship"
    SCHOOL_INTERNSHIP = "school_internship"
    STUDENT_JOB = "student_job"


TITLES: dict[StrEnum, str] = {
    TrainingType.DUAL_TRAINING: N_("Ausbildung"),
    TrainingType.DUAL_STUDY: N_("Duales Studium"),
    TrainingType.ENTRY_QUALIFICATION: N_("Einstiegsqualifizierung"),
    TrainingType.RETRAINING: N_("Umschulung"),
    TrainingType.PARTIAL_QUALIFICATION: N_("Teilqualifizierung"),
    TrainingType.INTERNSHIP: N_("Praktikum"),
    TrainingType.SCHOOL_INTERNSHIP: N_("Schülerpraktikum"),
    TrainingType.STUDENT_JOB: N_("Werkstudium"),
}


class SuitedFor(StrEnum):
    """For whom a place is suited in particular."""

    DROPOUTS = "dropouts"
    REFUGEES = "refugees"
    SEVERELY_DISABLED = "severely_disabled"


label(TITLES)
label(
    {
        SuitedFor.DROPOUTS: N_("Studienaussteiger"),
        SuitedFor.REFUGEES: N_("Geflüchtete"),
        SuitedFor.SEVERELY_DISABLED: N_("Menschen mit Schwerbehinderung"),
    }
)

Pay = Annotated[float, Field(ge=0, le=10_000)]


class Training(Details):
    """What is learnt, when, where, for how long, and for what pay."""

    training_type: Annotated[TrainingType, Asked(N_("Art der Ausbildung"))] = (
        TrainingType.DUAL_TRAINING
    )
    occupation: Annotated[
        OccupationName,
        Field(description="A recognised occupation (see `GET /occupations`), or another name."),
        Asked(
            N_("Beruf"),
            hint=N_(
                "Beginnen Sie zu tippen und wählen Sie aus dem Verzeichnis. Was nicht darin steht, "
                "schreiben Sie selbst. Der Titel entsteht daraus: „Ausbildung … (m/w/d)“."
            ),
            widget="text",
            choices=occupation_choices,
        ),
    ]
    starts_on: Annotated[
        Day | None,
        Field(description="Or `starts_at_once`."),
        Asked(N_("Beginn"), hint=N_("Meist am 1. August oder 1. September.")),
    ] = None
    starts_at_once: Annotated[bool, Asked(N_("Beginn ab sofort"))] = False
    places_total: Annotated[Places, Asked(N_("Ausbildungsplätze"))] = 1
    certificate: Annotated[
        Certificate,
        Field(description="The least that is wanted."),
        Asked(N_("Gewünschter Schulabschluss"), hint=N_("Mindestens")),
    ] = Certificate.NOT_STATED
    pay_year_1_eur: Annotated[
        Pay | None,
        Field(description="Euros gross a month in the first year of the training."),
        Asked(N_("Vergütung im 1. Jahr (€)"), group=PAY),
    ] = None
    pay_year_2_eur: Annotated[Pay | None, Asked(N_("Vergütung im 2. Jahr (€)"), group=PAY)] = None
    pay_year_3_eur: Annotated[Pay | None, Asked(N_("Vergütung im 3. Jahr (€)"), group=PAY)] = None
    pay_year_4_eur: Annotated[Pay | None, Asked(N_("Vergütung im 4. Jahr (€)"), group=PAY)] = None
    follows_collective_agreement: Annotated[
        bool,
        Asked(
            N_("Vergütung nach Tarifvertrag"),
            hint=N_("Ein Tarifvertrag darf unter der Mindestausbildungsvergütung liegen."),
            group=PAY,
        ),
    ] = False
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
    specialisation: Annotated[
        str,
        Line(90, 0),
        Asked(
            N_("Fachrichtung"),
            hint=N_("Zum Beispiel Systemintegration"),
            group=MORE,
            folded=True,
        ),
    ] = ""
    duration_months: Annotated[
        Annotated[int, Field(ge=1, le=60)] | None,
        Field(description="By default as long as the occupation takes."),
        Asked(
            N_("Dauer in Monaten"),
            hint=N_("Ohne Angabe die übliche Dauer des Berufs."),
            group=MORE,
            folded=True,
        ),
    ] = None
    can_be_shortened: Annotated[bool, Asked(N_("Verkürzung möglich"), group=MORE, folded=True)] = (
        False
    )
    working_times: Annotated[
        list[WorkingTime],
        Field(min_length=1, max_length=2),
        Asked(
            N_("Arbeitszeit"),
            hint=N_("Eine Ausbildung ist auch in Teilzeit möglich (§ 7a BBiG)."),
            group=MORE,
            folded=True,
        ),
    ] = [WorkingTime.FULL_TIME]
    sites: Annotated[
        list[ShortLine],
        Field(max_length=20, description="Further sites, each as postcode and town."),
        Asked(
            N_("Weitere Ausbildungsorte"),
            hint=N_("Einer je Zeile, zum Beispiel 44793 Bochum"),
            group=MORE,
            rows=3,
            folded=True,
        ),
    ] = []
    prior_qualifications: Annotated[
        list[Tag],
        Field(max_length=10),
        Asked(
            N_("Gewünschte Vorkenntnisse"),
            hint=N_("Mit Komma getrennt, zum Beispiel Führerschein B, Deutsch B1"),
            widget="tags",
            group=MORE,
            folded=True,
        ),
    ] = []
    benefits: Annotated[
        list[Tag],
        Field(max_length=15),
        Asked(
            N_("Wir bieten"),
            hint=N_("Mit Komma getrennt, zum Beispiel Jobticket, Übernahme, Auslandsaufenthalt"),
            widget="tags",
            group=MORE,
            folded=True,
        ),
    ] = []
    internship_possible: Annotated[
        bool, Asked(N_("Praktikum vorab möglich"), group=MORE, folded=True)
    ] = False
    suited_for: Annotated[
        list[SuitedFor],
        Field(max_length=3),
        Asked(N_("Besonders geeignet für"), group=MORE, folded=True),
    ] = []
    trainer_name: Annotated[
        str,
        Line(120, 0),
        Disclosure.SIGNED_IN,
        Asked(
            N_("Ausbilderin oder Ausbilder"),
            hint=N_(
                "Wer ausbildet, braucht die Ausbildereignung (AEVO), und der Vertrag wird bei der "
                "Kammer eingetragen. Nachts arbeiten Jugendliche nur in Ausnahmen (§ 14 JArbSchG). "
                "Den Namen sehen nur Angemeldete."
            ),
            group=MORE,
            folded=True,
        ),
    ] = ""
    occupation_field: Annotated[
        OccupationFieldCode | None,
        Field(description="Follows from a recognised occupation; say it for another one."),
        Asked(
            N_("Berufsfeld"),
            hint=N_("Nur nötig, wenn der Beruf nicht im Verzeichnis steht."),
            widget="select",
            choices=FIELDS,
            group=MORE,
            folded=True,
        ),
    ] = None

    @model_validator(mode="after")
    def _complete(self) -> "Training":
        if self.starts_on is None and not self.starts_at_once:
            refuse("start_missing", N_("Bitte geben Sie an, wann die Ausbildung beginnt."))
        if self.places_free is None:
            self.places_free = self.places_total
        if self.places_free > self.places_total:
            refuse("too_many_free", N_("Es können nicht mehr Plätze frei sein, als es gibt."))
        if known := find_occupation(self.occupation):
            self.occupation_field = known.field
            if self.duration_months is None and self.training_type == TrainingType.DUAL_TRAINING:
                self.duration_months = known.months
        return self

    @property
    def pay_eur(self) -> list[float | None]:
        """Return the pay by year of training."""
        return [self.pay_year_1_eur, self.pay_year_2_eur, self.pay_year_3_eur, self.pay_year_4_eur]
