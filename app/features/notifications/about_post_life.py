"""Telling those who keep a post that its time runs out or is over, or how long it is reserved."""

from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.core.i18n import N_
from app.features.notifications import topics
from app.features.notifications.telling import tell
from app.features.notifications.wording import Matter, Wording, named
from app.features.posts.composing import day_in_words
from app.features.posts.drafts import latest_end_of
from app.features.posts.ending import PostEnded
from app.features.posts.keeping import keeper_key, keepers_of
from app.features.posts.policy import MET, gains_time
from app.features.posts.reminding import PostExpiring, ReservationLasting
from app.models.posts import Post, PostStatus

EXPIRING = Wording(
    "post.expiring",
    topics.DEADLINES,
    N_(
        "Ihr Beitrag „%(post)s“ läuft in %(days)s Tagen ab. Gilt er noch? Mit einem Klick "
        "verlängern Sie ihn, vermerken ihn als erledigt oder ziehen ihn zurück."
    ),
)
EXPIRES_TOMORROW = Wording(
    "post.expires_tomorrow",
    topics.DEADLINES,
    N_(
        "Ihr Beitrag „%(post)s“ läuft morgen ab. Gilt er noch? Mit einem Klick verlängern Sie ihn, "
        "vermerken ihn als erledigt oder ziehen ihn zurück."
    ),
)
EXPIRING_FOR_GOOD = Wording(
    "post.expiring_for_good",
    topics.DEADLINES,
    N_(
        "Ihr Beitrag „%(post)s“ läuft am %(day)s ab und lässt sich nicht weiter verlängern. Wird "
        "er danach noch gebraucht, veröffentlichen Sie ihn bitte neu."
    ),
)
RESERVED_LONG = Wording(
    "post.reserved_long",
    topics.DEADLINES,
    N_(
        "Ihr Beitrag „%(post)s“ ist seit %(days)s Tagen reserviert. Ist er noch reserviert, wieder "
        "frei oder inzwischen erledigt? Bitte bringen Sie ihn auf den neuesten Stand."
    ),
)
EXPIRED = Wording("post.expired", topics.DEADLINES, N_("Ihr Beitrag „%(post)s“ ist abgelaufen."))
# Of a concealed post neither the subject nor the text says which it is, or that it is one.
UNNAMED_EXPIRING = Wording(
    "post.expiring_unnamed",
    topics.DEADLINES,
    N_(
        "Einer Ihrer Beiträge läuft in %(days)s Tagen ab. Gilt er noch? Mit einem Klick "
        "verlängern Sie ihn, vermerken ihn als erledigt oder ziehen ihn zurück."
    ),
)
UNNAMED_EXPIRING_FOR_GOOD = Wording(
    "post.expiring_for_good_unnamed",
    topics.DEADLINES,
    N_(
        "Einer Ihrer Beiträge läuft am %(day)s ab und lässt sich nicht weiter verlängern. Wird "
        "er danach noch gebraucht, veröffentlichen Sie ihn bitte neu."
    ),
)
UNNAMED_RESERVED = Wording(
    "post.reserved_long_unnamed",
    topics.DEADLINES,
    N_("Einer Ihrer Beiträge ist seit %(days)s Tagen reserviert. Ist er es noch?"),
)
UNNAMED_EXPIRED = Wording(
    "post.expired_unnamed", topics.DEADLINES, N_("Die Frist eines Ihrer Beiträge ist abgelaufen.")
)


def _reminder(post: Post, *, days: int) -> Wording:
    """Return how a post is spoken of whose time runs out, and what can still be done."""
    latest_end = latest_end_of(post)
    if latest_end and not gains_time(latest_end, post.expires_at):
        return UNNAMED_EXPIRING_FOR_GOOD if post.is_concealed else EXPIRING_FOR_GOOD
    if post.is_concealed:
        return UNNAMED_EXPIRING
    return EXPIRES_TOMORROW if days <= 1 else EXPIRING


@on(PostExpiring)
async def remind(session: Session, event: PostExpiring) -> None:
    """Remind each keeper, with a key of their own by which they decide without signing in."""
    post = await session.get(Post, event.post_id)
    if post is None or post.status not in MET or post.reminders != event.number:
        return
    if post.expires_at is None:
        return
    wording = _reminder(post, days=event.days)
    life = (post.renewed_at or post.published_at).isoformat()
    for person_id in await keepers_of(session, post):
        await tell(
            session,
            wording,
            [person_id],
            params={
                "post": named(post),
                "days": str(event.days),
                "day": day_in_words(post.expires_at),
            },
            path=f"/posts/{post.id}/keep?key={keeper_key(post.id, person_id)}",
            dedup_key=f"{EXPIRING.type}:{post.id}:{life}:{event.number}",
            matter=Matter(f"post:{post.id}", post_id=post.id),
        )


@on(ReservationLasting)
async def ask_whether_it_is_still_reserved(session: Session, event: ReservationLasting) -> None:
    """Ask each keeper of a post that is still reserved."""
    post = await session.get(Post, event.post_id)
    if post is None or post.status != PostStatus.RESERVED or post.reserved_at is None:
        return
    days = (event.asked_at - post.reserved_at).days
    for person_id in await keepers_of(session, post):
        await tell(
            session,
            UNNAMED_RESERVED if post.is_concealed else RESERVED_LONG,
            [person_id],
            params={"post": named(post), "days": str(days)},
            path=f"/posts/{post.id}/keep?key={keeper_key(post.id, person_id)}",
            dedup_key=f"{RESERVED_LONG.type}:{post.id}:{event.asked_at.isoformat()}",
            matter=Matter(f"post:{post.id}", post_id=post.id),
        )


@on(PostEnded)
async def tell_that_it_expired(session: Session, event: PostEnded) -> None:
    """Tell each keeper that a post has expired; what they ended themselves they know."""
    post = await session.get(Post, event.post_id)
    if event.status != PostStatus.EXPIRED or post is None or post.status != PostStatus.EXPIRED:
        return
    for person_id in await keepers_of(session, post):
        await tell(
            session,
            UNNAMED_EXPIRED if post.is_concealed else EXPIRED,
            [person_id],
            params={"post": named(post)},
            path=f"/posts/{post.id}/keep?key={keeper_key(post.id, person_id)}",
            dedup_key=f"{EXPIRED.type}:{post.id}:{post.ended_at}",
            matter=Matter(f"post:{post.id}", post_id=post.id),
        )
