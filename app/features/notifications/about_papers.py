"""Telling hauliers that a licence or an insurance ends while their lorry is on offer."""

from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import on
from app.core.i18n import N_
from app.features.notifications import topics
from app.features.notifications.telling import tell
from app.features.notifications.wording import Matter, Wording
from app.features.posts.keeping import keepers_of
from app.features.posts.papers import PaperEnding
from app.features.posts.policy import MET
from app.models.posts import Post

INSURANCE = Wording(
    "paper.insurance_ending",
    topics.DEADLINES,
    N_(
        "Zu Ihrem Beitrag „%(post)s“ ist eine Haftpflichtversicherung bis %(day)s angegeben. "
        "Bitte tragen Sie die neue Frist ein; danach steht dort „abgelaufen“."
    ),
)
LICENCE = Wording(
    "paper.licence_ending",
    topics.DEADLINES,
    N_(
        "Zu Ihrem Beitrag „%(post)s“ ist eine Erlaubnis bis %(day)s angegeben. "
        "Bitte tragen Sie die neue Frist ein; danach steht dort „abgelaufen“."
    ),
)


@on(PaperEnding)
async def remind_of_a_paper(session: Session, event: PaperEnding) -> None:
    """Remind each keeper of a lorry that still names this day."""
    post = await session.get(Post, event.post_id)
    until = event.valid_until.isoformat()
    if post is None or post.status not in MET or post.details.get(event.paper) != until:
        return
    await tell(
        session,
        INSURANCE if event.paper == "insured_until" else LICENCE,
        await keepers_of(session, post),
        params={"post": post.title, "day": event.valid_until.strftime("%d.%m.%Y")},
        path=f"/posts/{post.id}",
        dedup_key=f"paper:{post.id}:{event.paper}:{until}:{event.days}",
        matter=Matter(f"post:{post.id}", post_id=post.id),
    )
