"""What the mails of some types bring along; each ``about_*`` module says how its own is found."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.letters import Supplement
from app.features.notifications.letters import Addressee, Told
from app.features.notifications.wording import Wording

Mailed = tuple[Addressee, Told]
Find = Callable[[Session, Sequence[Mailed]], Awaitable[Mapping[UUID, Supplement]]]
_FINDING: dict[str, Find] = {}


def supplements(*wordings: Wording) -> Callable[[Find], Find]:
    """Have mails of these types bring along what a function finds, by ids of notifications.

    It is asked when a mail is written, for many at once, with a constant number of queries.
    """

    def register(find: Find) -> Find:
        _FINDING.update(dict.fromkeys((wording.type for wording in wordings), find))
        return find

    return register


async def supplements_of(session: Session, mailed: Sequence[Mailed]) -> Mapping[UUID, Supplement]:
    """Return what comes with mails that are about to be written, for those that have any."""
    asked: defaultdict[Find, list[Mailed]] = defaultdict(list)
    for to, told in mailed:
        if find := _FINDING.get(told.type):
            asked[find].append((to, told))
    found: dict[UUID, Supplement] = {}
    for find, those in asked.items():
        found |= await find(session, those)
    return found
