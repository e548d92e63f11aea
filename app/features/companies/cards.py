"""Business cards of companies and of their contact persons, with what their reader may see."""

from app.core.settings import settings
from app.core.vcards import Card
from app.features.companies.contacts import ContactView
from app.features.companies.reading import CompanyView
from app.reference.topics import topic_titles


def _page(slug: str) -> str:
    return f"{settings().base_url.rstrip('/')}/companies/{slug}"


def card_of_company(view: CompanyView) -> Card:
    """Return the card of a company."""
    return Card(
        kind="org",
        id=view.company.id,
        name=view.company.name,
        source=_page(view.company.slug),
        organisation=view.company.name,
        phone=view.phone,
        email=view.email,
        website=view.company.website,
        address=view.address,
    )


def card_of_contact(contact: ContactView) -> Card:
    """Return the card of a contact person; the company's number serves where theirs is not seen."""
    return Card(
        kind="individual",
        id=contact.id,
        name=contact.name,
        source=_page(contact.company_slug),
        organisation=contact.company,
        title=contact.function,
        role=", ".join(topic_titles([contact.topic])),
        phone=contact.phone or contact.company_phone,
        email=contact.email or contact.company_email,
    )
