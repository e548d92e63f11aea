"""A person's business card, with what its reader may see."""

from app.core.settings import settings
from app.core.vcards import Card
from app.features.people.profile import PersonView
from app.reference.topics import topic_titles


def card_of_person(view: PersonView) -> Card:
    """Return the card of a profile; the first present company is the organisation."""
    person = view.person
    position = view.present[0] if view.present else None
    return Card(
        kind="individual",
        id=person.id,
        name=person.name,
        source=f"{settings().base_url.rstrip('/')}/people/{person.slug}",
        organisation=position.name if position else None,
        title=(position.function if position else "") or person.function,
        phone=view.phone,
        email=view.contact_email,
        website=view.website,
        languages=tuple(person.languages),
        categories=tuple(topic_titles(person.topics)),
    )
