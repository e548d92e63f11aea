"""How somebody applies for training or work, and whom they may ask first."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.core.asking import Asked, label
from app.core.i18n import N_
from app.core.text import Line, Url
from app.features.posts.inquiry_forms import InquiryFields, InquiryForm
from app.features.posts.kinds import Details, Disclosure, refuse
from app.features.posts.kinds.work import Day, ShortLine
from app.features.posts.occasions import Occasion, on

APPLYING = N_("Bewerbung")
CONTACT = N_("Kontakt (nur für Angemeldete sichtbar)")


class ApplicationWay(StrEnum):
    """How somebody applies."""

    PLATFORM = "platform"
    EMAIL = "email"
    URL = "url"
    PHONE = "phone"
    POST = "post"


label(
    {
        ApplicationWay.PLATFORM: N_("über diese Plattform"),
        ApplicationWay.EMAIL: N_("per E-Mail"),
        ApplicationWay.URL: N_("auf einer Internetseite"),
        ApplicationWay.PHONE: N_("telefonisch"),
        ApplicationWay.POST: N_("per Post"),
    }
)


class Applying(Details):
    """How somebody applies, and whom they may ask first."""

    application_way: Annotated[
        ApplicationWay, Asked(N_("Bewerben"), widget="select", group=APPLYING, folded=True)
    ] = ApplicationWay.PLATFORM
    application_url: Annotated[
        Url | Literal[""],
        Field(description="Where to apply, with `url`."),
        Asked(N_("Internetseite für Bewerbungen"), widget="url", group=APPLYING, folded=True),
    ] = ""
    application_documents: Annotated[
        list[ShortLine],
        Field(max_length=10),
        Asked(
            N_("Unterlagen"),
            hint=N_("Eine je Zeile. Ein Foto sollten Sie nicht verlangen."),
            group=APPLYING,
            folded=True,
            rows=3,
        ),
    ] = []
    application_until: Annotated[
        Day | None, Asked(N_("Bewerben bis"), group=APPLYING, folded=True)
    ] = None
    contact_name: Annotated[
        str,
        Line(120, 0),
        Disclosure.SIGNED_IN,
        Asked(
            N_("Ansprechpartner"),
            hint=N_("Ohne Angabe sind Sie es selbst."),
            autocomplete="name",
            group=CONTACT,
            folded=True,
        ),
    ] = ""
    contact_function: Annotated[
        str, Line(120, 0), Disclosure.SIGNED_IN, Asked(N_("Funktion"), group=CONTACT, folded=True)
    ] = ""
    contact_phone: Annotated[
        str,
        Line(40, 0),
        Disclosure.SIGNED_IN,
        Asked(N_("Telefon"), widget="tel", autocomplete="tel", group=CONTACT, folded=True),
    ] = ""
    contact_email: Annotated[
        str,
        Line(254, 0),
        Field(pattern=r"^([^@\s]+@[^@\s]+\.[^@\s]+)?$"),
        Disclosure.SIGNED_IN,
        Asked(
            N_("E-Mail-Adresse"), widget="email", autocomplete="email", group=CONTACT, folded=True
        ),
    ] = ""

    @model_validator(mode="after")
    def _way_leads_somewhere(self) -> "Applying":
        if self.application_way == ApplicationWay.URL and not self.application_url:
            refuse(
                "application_url_missing",
                N_("Bitte geben Sie die Internetseite an."),
                at="application_url",
            )
        return self


def application_days(details: Any) -> Iterable[Occasion]:
    """Return by when one applies, and when it begins."""
    yield from on("deadline", N_("Bewerben bis"), details.application_until)
    yield from on("start", N_("Beginn"), details.starts_on)


class Application(InquiryFields):
    """What who applies may say; never what they earn or earned (Directive (EU) 2023/970)."""

    kind: Annotated[Literal["apprenticeship", "job"], Asked(N_("Art"), widget="hidden")]
    available_from: Annotated[Day | None, Asked(N_("Frühester Beginn"))] = None


def application(*offers: str) -> InquiryForm:
    """Return how one applies; ``offers`` are the kinds of own posts that can be put forward."""
    return InquiryForm(
        label=N_("Bewerben"),
        fields=Application,
        hint=N_(
            "Ihre Bewerbung und Ihre Unterlagen liest nur der Betrieb. Sechs Monate nach dem Ende "
            "werden die Dateien gelöscht; zurückziehen können Sie sie jederzeit. Sind Sie noch "
            "keine 18, sprechen Sie vorher mit Ihren Eltern."
        ),
        offers=offers,
    )
