"""What is thrown away, and what stays."""

from datetime import timedelta

from sqlalchemy import func, select

from app.core import clock
from app.core.events import TICKS
from app.features.accounts.upkeep import throw_away
from app.models.accounts import AccessToken, KnownDevice, SignedInSession, SignUp
from app.models.idempotency import KeptAnswer
from app.models.mails import OutgoingMail
from tests.makers import a_person


async def test_what_has_ended_is_thrown_away_and_nothing_else(session):
    account_id = (await a_person(session)).account_id
    now = clock.now()
    for number, ends in enumerate((now - timedelta(minutes=1), now + timedelta(minutes=1))):
        print_ = bytes([number]) * 32
        session.add_all(
            [
                SignUp(
                    email="a@b.example",
                    email_key="a@b.example",
                    name="Kim Jaspert",
                    token_hash=print_,
                    expires_at=ends,
                ),
                SignedInSession(
                    account_id=account_id, token_hash=print_, last_used_at=now, expires_at=ends
                ),
                SignedInSession(
                    account_id=account_id,
                    token_hash=print_[:31],
                    last_used_at=ends - timedelta(days=14),
                    expires_at=now + timedelta(days=1),
                ),
                KnownDevice(account_id=account_id, token_hash=print_, expires_at=ends),
                AccessToken(
                    account_id=account_id,
                    label="x",
                    token_hash=print_,
                    scopes=[],
                    expires_at=ends - timedelta(days=30),
                ),
                OutgoingMail(
                    recipient="a@b.example",
                    subject="",
                    text="",
                    sent_at=ends - timedelta(days=30),
                ),
                KeptAnswer(subject="x", key=str(number), fingerprint=b""),
            ]
        )
    await session.flush()
    first = await session.get(KeptAnswer, ("x", "0"))
    first.created_at = now - timedelta(hours=49)
    await session.flush()
    await throw_away(session)
    counts = {
        table: await session.scalar(select(func.count()).select_from(table))
        for table in (SignUp, SignedInSession, KnownDevice, AccessToken, OutgoingMail, KeptAnswer)
    }
    assert counts == {
        SignUp: 1,
        SignedInSession: 2,
        KnownDevice: 1,
        AccessToken: 1,
        OutgoingMail: 1,
        KeptAnswer: 1,
    }


def test_it_happens_by_the_clock():
    assert "app.features.accounts.upkeep.throw_away" in TICKS
