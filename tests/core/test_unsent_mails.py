"""Mails of a server that was away for longer than a job is tried: sent once when it is back."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from structlog.testing import capture_logs

from app.core import clock
from app.core.db import transaction
from app.core.mailing import KEPT_TRYING, queue_again, send_mail
from app.models.mails import OutgoingMail

TO = "kim@kontor.example"


@pytest.fixture
async def mail(runtime, session):
    """One mail on its way; return what it is known by."""
    async with transaction(runtime.sessions) as tx:
        await send_mail(tx, TO, subject="Guten Tag", text="Eins.", locale="de")
    return await session.scalar(select(OutgoingMail.id))


@pytest.fixture
def tick(runtime):
    async def ticked():
        with capture_logs() as said:
            async with transaction(runtime.sessions) as tx:
                await queue_again(tx)
        return [one["event"] for one in said]

    return ticked


async def give_up_jobs(session):
    """What procrastinate does with a job that has been tried as often as it may be."""
    await session.execute(text("UPDATE procrastinate_jobs SET status = 'doing'"))
    await session.execute(text("UPDATE procrastinate_jobs SET status = 'failed'"))
    await session.commit()


async def test_what_a_server_that_was_away_has_not_taken_is_sent_once_when_it_is_back(
    session, mail, tick, work, outbox
):
    assert await tick() == []  # its job waits
    await give_up_jobs(session)
    assert await tick() == ["mail.queued_again"]
    assert await tick() == []
    assert await work() == 1
    assert [to for to, _ in outbox.outbox] == [TO]
    assert outbox.outbox[0][1]["Message-ID"].startswith(f"<{mail}@")
    assert await tick() == []
    assert await work() == 0


async def test_after_a_week_a_mail_is_given_up_and_the_log_says_so(
    session, mail, tick, work, outbox
):
    aged = update(OutgoingMail).values(created_at=clock.now() - KEPT_TRYING - timedelta(hours=1))
    await session.execute(aged)
    await session.commit()
    assert await tick() == []  # its job has not been tried for the last time
    await give_up_jobs(session)
    assert await tick() == ["mail.given_up"]
    assert await tick() == []
    kept = await session.get(OutgoingMail, mail, populate_existing=True)
    assert (kept.sent_at, kept.failed_at is None, bool(kept.failure)) == (None, False, True)
    assert (await work(), outbox.outbox) == (0, [])


async def test_what_was_refused_for_good_is_not_queued_again(session, mail, tick):
    del mail
    await session.execute(update(OutgoingMail).values(failed_at=clock.now(), failure="refused"))
    await give_up_jobs(session)
    assert await tick() == []
