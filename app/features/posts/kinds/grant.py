"""Grants: calls for funding, with who may apply, for how much, and until when."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from app.core.asking import Asked, label
from app.core.i18n import N_
from app.core.text import Line, Url
from app.features.posts.facets import at_least, choice, flag, includes
from app.features.posts.inquiry_forms import InquiryForm
from app.features.posts.kinds import Details, Kind, Lifetime, Shown, Topic, refuse
from app.features.posts.kinds.work import MORE, NEW_SINCE, Day, start_of
from app.features.posts.occasions import on


class Applicant(StrEnum):
    """Who may apply."""

    FOUNDERS = "founders"
    SELF_EMPLOYED = "self_employed"
    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    NON_PROFIT = "non_profit"
    MUNICIPALITIES = "municipalities"
    RESEARCH = "research"


class FundingForm(StrEnum):
    """In what form the money comes."""

    GRANT = "grant"
    LOAN = "loan"
    GUARANTEE = "guarantee"
    EQUITY = "equity"
    ADVICE = "advice"
    PRIZE = "prize"


label(
    {
        Applicant.FOUNDERS: N_("Gründerinnen und Gründer"),
        Applicant.SELF_EMPLOYED: N_("Selbstständige"),
        Applicant.MICRO: N_("Kleinstunternehmen"),
        Applicant.SMALL: N_("kleine Unternehmen"),
        Applicant.MEDIUM: N_("mittlere Unternehmen"),
        Applicant.LARGE: N_("große Unternehmen"),
        Applicant.NON_PROFIT: N_("gemeinnützige Einrichtungen"),
        Applicant.MUNICIPALITIES: N_("Kommunen"),
        Applicant.RESEARCH: N_("Forschungseinrichtungen"),
        FundingForm.GRANT: N_("Zuschuss"),
        FundingForm.LOAN: N_("Darlehen"),
        FundingForm.GUARANTEE: N_("Bürgschaft"),
        FundingForm.EQUITY: N_("Beteiligung"),
        FundingForm.ADVICE: N_("geförderte Beratung"),
        FundingForm.PRIZE: N_("Wettbewerb oder Preis"),
    }
)
Amount = Annotated[float, Field(ge=0, le=10_000_000_000)]


class Grant(Details):
    kind: Annotated[Literal["grant"], Asked(N_("Art"), widget="hidden")] = "grant"
    provider: Annotated[
        str,
        Line(160),
        Asked(N_("Fördergeber"), hint=N_("Wer das Geld gibt, zum Beispiel ein Ministerium")),
    ]
    programme: Annotated[str, Line(110), Asked(N_("Programm"), hint=N_("Sein amtlicher Name"))]
    funding_form: Annotated[FundingForm, Asked(N_("Form der Förderung"))] = FundingForm.GRANT
    amount_from_eur: Annotated[Amount | None, Asked(N_("Förderung ab (€)"))] = None
    amount_to_eur: Annotated[
        Amount | None,
        Field(description="The most that one applicant gets, in euros."),
        Asked(N_("Förderung bis (€)")),
    ] = None
    applicants: Annotated[
        list[Applicant],
        Field(min_length=1, max_length=9),
        Asked(N_("Wer sich bewerben kann")),
    ]
    deadline: Annotated[
        Day | None,
        Field(description="The last day for applications; null while they are taken all year."),
        Asked(N_("Antragsfrist"), hint=N_("Ohne Angabe: laufend. Danach verschwindet der Aufruf.")),
    ] = None
    url: Annotated[Url, Asked(N_("Amtliche Internetseite"), widget="url")]
    rate_percent: Annotated[
        Annotated[float, Field(gt=0, le=100)] | None,
        Field(description="The share of the costs that is paid, in per cent."),
        Asked(N_("Fördersatz bis (%)"), group=MORE, folded=True),
    ] = None
    region: Annotated[
        str,
        Line(120, 0),
        Asked(
            N_("Fördergebiet"), hint=N_("Zum Beispiel Nordrhein-Westfalen"), group=MORE, folded=True
        ),
    ] = ""
    needs_partners: Annotated[
        bool, Asked(N_("Nur gemeinsam mit anderen (Konsortium)"), group=MORE, folded=True)
    ] = False

    @model_validator(mode="after")
    def _amounts_fit(self) -> "Grant":
        least, most = self.amount_from_eur, self.amount_to_eur
        if least is not None and most is not None and least > most:
            text = N_("Die Förderung reicht vom kleineren zum größeren Betrag.")
            refuse("amounts_upside_down", text)
        return self


def _ends(details: Grant) -> datetime | None:
    """Return the end of the last day for applications."""
    return start_of(details.deadline + timedelta(days=1)) if details.deadline else None


def _structured(post: Shown) -> dict[str, Any]:
    details = post.details
    said: dict[str, Any] = {
        "@type": "MonetaryGrant",
        "name": post.title,
        "description": post.text or post.title,
        "url": post.url,
        "sameAs": details["url"],
        "funder": {"@type": "Organization", "name": details["provider"]},
    }
    least, most = details.get("amount_from_eur"), details.get("amount_to_eur")
    if least is not None or most is not None:
        amount: dict[str, Any] = {"@type": "MonetaryAmount", "currency": "EUR"}
        amount |= {"minValue": least} if least is not None else {}
        said["amount"] = amount | ({"maxValue": most} if most is not None else {})
    return said


KIND = Kind(
    Grant,
    label=N_("Fördermittel"),
    plural=N_("Fördermittel"),
    hint=N_("Ein Förderaufruf: wer sich bis wann bewerben kann"),
    example=Grant(
        provider="Land Nordrhein-Westfalen (Beispiel)",
        programme="Digitalscheck für kleine Betriebe (Beispiel)",
        amount_to_eur=15_000,
        rate_percent=50,
        applicants=[Applicant.MICRO, Applicant.SMALL],
        region="Nordrhein-Westfalen",
        url="https://foerderung.example/digitalscheck",
    ),
    structured=_structured,
    topic=Topic.TRADE,
    lifetime=Lifetime(days=180, longest_days=1_096, ends=_ends, may_be_reserved=False),
    facets=(
        includes(Grant, "applicants"),
        choice(Grant, "funding_form"),
        at_least("amount_to_eur", "amount_at_least_eur", N_("Förderung mindestens (€)")),
        at_least("rate_percent", "rate_from_percent", N_("Fördersatz ab (%)")),
        flag(Grant, "needs_partners"),
        NEW_SINCE,
    ),
    title=lambda details: details.programme,
    due=_ends,
    occasions=lambda grant: on("deadline", N_("Antragsfrist"), grant.deadline),
    prefix="FOE",
    inquiry=InquiryForm(label=N_("Dazu fragen")),
)
