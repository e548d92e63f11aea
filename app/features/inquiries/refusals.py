"""Friendly refusals: words to begin with, ours and those that a company keeps for itself."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Select, Uuid, func, select
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.actor import Actor
from app.core.asking import Asked
from app.core.errors import Conflict, NotFound, SignInRequired
from app.core.i18n import LOCALES, N_, translate
from app.core.reads import Reader, bound, prepared
from app.core.text import Line, Prose
from app.features.companies.keeping import company_for
from app.features.companies.policy import Act, speaks_for
from app.features.messages.threads import MAX_TEXT
from app.models.companies import Company
from app.models.messages import ReplyTemplate

MAX_TEMPLATES: Final = 50  # of a company

_OURS: Final = {
    "thanks": (
        N_("Dank und Absage"),
        N_(
            "Guten Tag,\n\nvielen Dank für Ihre Anfrage und Ihr Interesse. Wir haben uns "
            "diesmal anders entschieden. Für Ihre Suche wünschen wir Ihnen viel Erfolg.\n\n"
            "Mit freundlichen Grüßen"
        ),
    ),
    "applicant": (
        N_("Absage auf eine Bewerbung"),
        N_(
            "Guten Tag,\n\nvielen Dank für Ihre Bewerbung und die Zeit, die Sie sich dafür "
            "genommen haben. Die Stelle haben wir anderweitig besetzt. Das ist kein Urteil über "
            "Ihre Person oder Ihr Können. Ihre Unterlagen löschen wir nach der gesetzlichen "
            "Frist. Für Ihren weiteren Weg wünschen wir Ihnen alles Gute.\n\n"
            "Mit freundlichen Grüßen"
        ),
    ),
    "later": (
        N_("Zurzeit nicht, später gern"),
        N_(
            "Guten Tag,\n\nvielen Dank für Ihre Anfrage. Zurzeit können wir leider nicht "
            "zusagen. Fragen Sie gern wieder an, wenn Sie in einigen Monaten noch Bedarf "
            "haben.\n\nMit freundlichen Grüßen"
        ),
    ),
}


class TooManyTemplates(Conflict):
    code: ClassVar[str] = "too_many_templates"
    text: ClassVar[str] = N_("Ein Unternehmen kann höchstens 50 Vorlagen aufbewahren.")


class TitleTaken(Conflict):
    code: ClassVar[str] = "template_title_taken"
    text: ClassVar[str] = N_("Eine Vorlage mit diesem Titel gibt es schon.")


class TemplateDraft(BaseModel):
    """Words that a company keeps for a refusal."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Line(80), Asked(N_("Titel"))]
    body: Annotated[str, Prose(MAX_TEXT), Asked(N_("Text"), widget="markdown", rows=10)]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Words to begin with; ``key`` names them, ``id`` and ``company`` say whose they are.

    Of our own, ``locale`` says in which language they are.
    """

    key: str
    title: str
    body: str
    id: UUID | None = None
    company: str | None = None
    locale: str | None = None


@prepared
def _kept(actor: Actor, *, one_company: bool) -> Select[Any]:
    columns: list[Any] = [
        ReplyTemplate.id,
        ReplyTemplate.title,
        ReplyTemplate.body,
        Company.name.label("company"),
    ]
    query = (
        select(*columns)
        .join(Company, Company.id == ReplyTemplate.company_id)
        .where(speaks_for(actor, ReplyTemplate.company_id))
        .order_by(Company.sort_name, ReplyTemplate.title, ReplyTemplate.id)
    )
    if one_company:
        wanted = bound("company_id", Uuid())
        query = query.where(ReplyTemplate.company_id == wanted)
    return query.limit(200)


@prepared
def _voice(actor: Actor) -> Select[Any]:
    wanted = bound("company_id", Uuid())
    return select(Company.id.label("id")).where(Company.id == wanted, speaks_for(actor, Company.id))


def our_refusals(actor: Actor) -> list[Refusal]:
    """Return the words that come with the platform, those in the actor's language first."""
    locales = sorted(LOCALES, key=lambda locale: locale != actor.locale)
    return [
        Refusal(f"{key}-{locale}", translate(title, locale), translate(body, locale), locale=locale)
        for locale in locales
        for key, (title, body) in _OURS.items()
    ]


async def refusals_for(reader: Reader, actor: Actor) -> list[Refusal]:
    """Return all that ``actor`` may begin with: what their companies keep, then ours."""
    if not actor.is_signed_in:
        raise SignInRequired
    rows = await reader.all(_kept(actor.shape, one_company=False), {"me": actor.person_id})
    own = [Refusal(str(row.id), row.title, row.body, row.id, row.company) for row in rows]
    return [*own, *our_refusals(actor)]


async def kept_by_company(reader: Reader, actor: Actor, company_id: UUID) -> list[Refusal]:
    """Return what a company keeps, for those who speak for it; others find nothing."""
    if not actor.is_signed_in:
        raise SignInRequired
    given = {"me": actor.person_id, "company_id": company_id}
    if await reader.first(_voice(actor.shape), given) is None:
        raise NotFound
    rows = await reader.all(_kept(actor.shape, one_company=True), given)
    return [Refusal(str(row.id), row.title, row.body, row.id, row.company) for row in rows]


async def keep_refusal(
    session: Session, actor: Actor, company_id: UUID, draft: TemplateDraft
) -> ReplyTemplate:
    """Keep words for all who speak for a company. Refuses a title that is taken."""
    await company_for(session, actor, company_id, Act.SPEAK)
    of_company = ReplyTemplate.company_id == company_id
    count = await session.scalar(select(func.count()).select_from(ReplyTemplate).where(of_company))
    if (count or 0) >= MAX_TEMPLATES:
        raise TooManyTemplates
    if await session.scalar(
        select(ReplyTemplate.id).where(of_company, ReplyTemplate.title == draft.title)
    ):
        raise TitleTaken
    kept = ReplyTemplate(company_id=company_id, title=draft.title, body=draft.body)
    session.add(kept)
    await session.flush()
    return kept


async def drop_refusal(session: Session, actor: Actor, template_id: UUID) -> UUID:
    """Delete words that a company keeps; return whose they were."""
    if not actor.is_signed_in:
        raise SignInRequired
    kept = await session.scalar(
        select(ReplyTemplate)
        .where(ReplyTemplate.id == template_id, speaks_for(actor, ReplyTemplate.company_id))
        .with_for_update()
    )
    if kept is None:
        raise NotFound
    company_id: UUID = kept.company_id
    await session.delete(kept)
    await session.flush()
    return company_id
