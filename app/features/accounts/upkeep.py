"""What is thrown away when its time is over."""

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core import clock
from app.core.events import every
from app.features.accounts.sessions import IDLE
from app.models.accounts import (
    AccessToken,
    KnownDevice,
    MailedLink,
    PasswordResetRequest,
    SignedInSession,
    SignUp,
)
from app.models.idempotency import KeptAnswer
from app.models.mails import OutgoingMail

ANSWERS_LAST = timedelta(hours=48)
MAILS_LAST = timedelta(days=30)
TOKENS_STAY = timedelta(days=30)  # after their end, so that their owner sees why something fails


@every("17 * * * *")
async def throw_away(session: Session) -> None:
    """Delete what has ended: registrations, links, sessions, devices, kept answers, sent mails."""
    now = clock.now()
    for table in (SignUp, MailedLink, SignedInSession, KnownDevice):
        await session.execute(delete(table).where(table.expires_at < now))
    long_ago = now - TOKENS_STAY
    for gone in (
        delete(SignedInSession).where(SignedInSession.last_used_at < now - IDLE),
        delete(PasswordResetRequest).where(PasswordResetRequest.created_at < now - ANSWERS_LAST),
        delete(AccessToken).where(AccessToken.expires_at < long_ago),
        delete(AccessToken).where(AccessToken.revoked_at < long_ago),
        delete(KeptAnswer).where(KeptAnswer.created_at < now - ANSWERS_LAST),
        delete(OutgoingMail).where(OutgoingMail.sent_at < now - MAILS_LAST),
        delete(OutgoingMail).where(OutgoingMail.failed_at < now - MAILS_LAST),
    ):
        await session.execute(gone)
