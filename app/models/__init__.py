"""Every table of the platform; importing this package registers them all."""

from app.models import (
    accounts as accounts,
    companies as companies,
    deals as deals,
    events as events,
    feed as feed,
    follows as follows,
    freight as freight,
    groups as groups,
    idempotency as idempotency,
    inquiries as inquiries,
    mails as mails,
    matches as matches,
    media as media,
    messages as messages,
    notifications as notifications,
    occurrences as occurrences,
    people as people,
    places as places,
    pools as pools,
    posts as posts,
    search as search,
    searches as searches,
    statistics as statistics,
    succession as succession,
)
from app.models.base import Base as Base
