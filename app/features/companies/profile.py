"""A company's profile: what it says of itself, and keeping that up to date."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession as Session
from stdnum.eu import vat
from stdnum.exceptions import ValidationError as WrongNumber

from app.core import clock
from app.core.actor import Actor
from app.core.addresses import EmailAddress
from app.core.asking import Asked, label
from app.core.drafts import Partial, changes_of
from app.core.events import Event, emit
from app.core.i18n import N_
from app.core.settings import settings
from app.core.slugs import rename
from app.core.text import Line, Name, Phone, Prose, Url, render_markdown, sort_key
from app.features.companies import policy
from app.features.companies.keeping import company_for
from app.features.companies.sites import SiteDraft, put_site
from app.models.companies import Company, CompanySector, OrganisationForm, Site
from app.models.people import Visibility
from app.reference.codes import (
    LegalFormCode,
    SectorText,
    SizeBandCode,
    choices_of,
    read_sector,
)
from app.reference.tables import legal_forms, size_bands

label(
    {
        OrganisationForm.FIRM: N_("Unternehmen"),
        OrganisationForm.CHAMBER: N_("Kammer"),
        OrganisationForm.ASSOCIATION: N_("Verein oder Verband"),
        OrganisationForm.SCHOOL: N_("Schule oder Hochschule"),
        OrganisationForm.TOWN: N_("Stadt oder Gemeinde"),
        OrganisationForm.OTHER: N_("andere Organisation"),
    }
)

MAX_SECTORS: Final = 5
_ROWS_OF_THEIR_OWN: Final = {"main_site", "sectors"}
_OLDEST: Final = 800  # a brewery or a mint may be that old
RegisterType = Literal["HRA", "HRB", "GnR", "GsR", "PR", "VR"]

_BASICS = N_("Das Wichtigste")
_PROFILE = N_("Was Sie tun")
_ADDRESS = N_("Hauptstandort")
_CONTACT = N_("Kontakt")
_LEGAL = N_("Rechtliches")
_VISIBLE = N_("Sichtbar für")


class CompanyEdited(Event):
    name: ClassVar[str] = "company.edited"
    company_id: UUID
    person_id: UUID


def _read_vat_id(text: str) -> str:
    try:
        return str(vat.validate(text))
    except WrongNumber:
        wrong = "invalid_vat_id"
        raise PydanticCustomError(
            wrong,
            N_("Diese Umsatzsteuer-Identifikationsnummer stimmt nicht, zum Beispiel DE136695976."),
        ) from None


def _not_in_the_future(year: int) -> int:
    if year > clock.today(settings().zone).year:
        future = "in_the_future"
        raise PydanticCustomError(future, N_("Dieses Jahr liegt in der Zukunft."))
    return year


VatId = Annotated[
    str,
    Line(20),
    AfterValidator(_read_vat_id),
    Field(json_schema_extra={"examples": ["DE136695976"]}),
]


class CompanyDraft(BaseModel):
    """What an organisation says of itself."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Name(160), Asked(N_("Name"), autocomplete="organization", group=_BASICS)]
    form: Annotated[OrganisationForm, Asked(N_("Art der Organisation"), group=_BASICS)] = (
        OrganisationForm.FIRM
    )
    summary: Annotated[
        str,
        Line(300, 0),
        Asked(N_("In einem Satz"), N_("Was man in jeder Liste von Ihnen liest."), group=_BASICS),
    ] = ""
    main_site: Annotated[SiteDraft, Field(description="The main place of business.")]
    sectors: Annotated[
        list[SectorText],
        Field(max_length=MAX_SECTORS),
        Asked(
            N_("Branchen"),
            N_("Höchstens fünf, nach der Klassifikation WZ 2008."),
            widget="checkboxes",
            group=_PROFILE,
        ),
    ] = []
    size_band: Annotated[
        SizeBandCode | None,
        Asked(N_("Betriebsgröße"), choices=choices_of(size_bands), group=_PROFILE),
    ] = None
    description: Annotated[
        str, Prose(10_000, 0), Asked(N_("Beschreibung"), widget="markdown", group=_PROFILE)
    ] = ""
    offers: Annotated[
        list[Annotated[str, Line(80)]],
        Field(max_length=20),
        Asked(N_("Wir bieten"), N_("Jede Angabe auf einer eigenen Zeile."), rows=4, group=_PROFILE),
    ] = []
    needs: Annotated[
        list[Annotated[str, Line(80)]],
        Field(max_length=20),
        Asked(N_("Wir suchen"), N_("Jede Angabe auf einer eigenen Zeile."), rows=4, group=_PROFILE),
    ] = []
    trains_apprentices: Annotated[bool, Asked(N_("Wir bilden aus"), group=_PROFILE)] = False
    mediates_successions: Annotated[
        bool,
        Asked(
            N_("Wir vermitteln Unternehmensnachfolgen"),
            N_(
                "Wer einen Betrieb unter Chiffre anbietet, kann Sie bitten, Anfragen vorab "
                "anzusehen."
            ),
            group=_PROFILE,
        ),
    ] = False
    founded_year: Annotated[
        int | None,
        Field(ge=_OLDEST, le=9999),
        AfterValidator(lambda year: year if year is None else _not_in_the_future(year)),
        Asked(N_("Gründungsjahr"), group=_PROFILE),
    ] = None
    website: Annotated[
        Url | None, Asked(N_("Internetseite"), widget="url", autocomplete="url", group=_CONTACT)
    ] = None
    phone: Annotated[
        Phone | None, Asked(N_("Telefon"), widget="tel", autocomplete="tel", group=_CONTACT)
    ] = None
    phone_visibility: Annotated[Visibility, Asked(_VISIBLE, group=_CONTACT)] = Visibility.PUBLIC
    email: Annotated[
        EmailAddress | None,
        Asked(N_("E-Mail"), widget="email", autocomplete="email", group=_CONTACT),
    ] = None
    email_visibility: Annotated[Visibility, Asked(_VISIBLE, group=_CONTACT)] = Visibility.PUBLIC
    imprint: Annotated[
        str,
        Prose(5_000, 0),
        Asked(
            N_("Impressum"),
            N_(
                "Name, Anschrift, Vertretungsberechtigte, Register. Ohne Impressum oder Verweis "
                "darauf kann das Unternehmen nichts veröffentlichen."
            ),
            widget="textarea",
            group=_LEGAL,
        ),
    ] = ""
    imprint_url: Annotated[
        Url | None,
        Asked(N_("oder Adresse Ihres Impressums"), widget="url", group=_LEGAL),
    ] = None
    legal_form: Annotated[
        LegalFormCode | None,
        Asked(N_("Rechtsform"), choices=choices_of(legal_forms), group=_LEGAL),
    ] = None
    register_court: Annotated[
        Annotated[str, Line(80)] | None, Asked(N_("Registergericht"), group=_LEGAL)
    ] = None
    register_type: Annotated[RegisterType | None, Asked(N_("Register"), group=_LEGAL)] = None
    register_number: Annotated[
        Annotated[str, Line(30)] | None, Asked(N_("Registernummer"), group=_LEGAL)
    ] = None
    vat_id: Annotated[
        VatId | None,
        Asked(
            N_("Umsatzsteuer-Identifikationsnummer"), N_("Wir prüfen die Prüfziffer."), group=_LEGAL
        ),
    ] = None


class CompanyChanges(Partial, CompanyDraft):
    """What changes in a company's profile."""


async def edit_company(
    session: Session,
    actor: Actor,
    company_id: UUID,
    draft: CompanyDraft,
    *,
    expected: int | None = None,
) -> Company:
    """Change a company's profile; with ``CompanyChanges`` only what is given.

    A new name brings a new address, the old one redirects. Refuses an ``expected`` version that
    is no longer the present one, and an unknown postcode.
    """
    company = await company_for(session, actor, company_id, policy.Act.EDIT, expected=expected)
    changes = changes_of(draft)
    if "name" in changes and changes["name"] != company.name:
        await rename(session, "company", company, changes["name"])
    describe(company, changes)
    if changes.get("main_site") is not None:
        await _change_main_site(session, company, changes["main_site"])
    if changes.get("sectors") is not None:
        await _change_sectors(session, company, changes["sectors"])
    company.updated_at = clock.now()  # also where only its sectors or its address changed
    emit(session, CompanyEdited(company_id=company.id, person_id=actor.person_id))
    await session.flush()
    return company


def describe(company: Company, changes: Mapping[str, Any]) -> None:
    """Write values of a ``CompanyDraft`` to ``company``, all but its main site and its sectors."""
    for name, value in changes.items():
        if name not in _ROWS_OF_THEIR_OWN:
            setattr(company, name, value)
    if "name" in changes:
        company.sort_name = sort_key(company.name)
    if "description" in changes:
        company.description_html = render_markdown(company.description)


def sectors_of(company: Company, texts: Iterable[str]) -> list[CompanySector]:
    """Return the rows of a company's sectors, each once."""
    codes = [code for text in dict.fromkeys(texts) if (code := read_sector(text))]
    return [
        CompanySector(
            company_id=company.id,
            classification=code.classification,
            code=code.code,
            section=code.section,
            division=code.division,
        )
        for code in codes
    ]


async def _change_main_site(session: Session, company: Company, draft: SiteDraft) -> None:
    site = await session.scalar(
        select(Site).where(Site.company_id == company.id, Site.is_main)
    ) or Site(company_id=company.id, is_main=True)
    await put_site(session, site, draft, "main_site")
    session.add(site)


async def _change_sectors(session: Session, company: Company, texts: Iterable[str]) -> None:
    await session.execute(delete(CompanySector).where(CompanySector.company_id == company.id))
    session.add_all(sectors_of(company, texts))
