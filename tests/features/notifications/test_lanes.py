"""What waits for other servers holds up nothing else: the worker itself, as in production."""

import asyncio
import signal

from sqlalchemy import select

from app.core.db import transaction
from app.core.mailing import send_mail
from app.core.settings import settings
from app.features.notifications.telling import tell
from app.features.notifications.wording import WORDINGS
from app.models.accounts import SignedInSession
from app.models.notifications import PushSubscription
from app.runtime import running
from app.worker import work
from tests.features.notifications.test_push import a_browser
from tests.makers import a_person, signed_in
from tests.sinks import saying, sink

HANDS = 2


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - it is about files and other tasks
            await asyncio.sleep(0.01)


async def some_devices(session, person, base):
    """Have a person told on more devices than the worker has hands for."""
    await signed_in(session, person)
    live = await session.scalar(select(SignedInSession))
    for number in range(HANDS + 1):
        asked = a_browser().asked(f"{base}/{number}")
        row = PushSubscription(person_id=person.id, session_id=live.id, token_id=None, **asked)
        session.add(row)


async def test_a_mail_leaves_while_every_hand_for_pushes_waits_for_a_slow_service(
    own_database, configure, tmp_path
):
    released = asyncio.Event()

    async def late(writer):
        await released.wait()
        await saying("201 Created")(writer)

    async with sink(late) as heard:
        configure(
            DATABASE_URL=own_database,
            VAR_DIR=str(tmp_path),
            JOBS__OUTGOING_AT_ONCE=str(HANDS),
            OUTGOING__PLAIN_HTTP="true",
            OUTGOING__ALLOWED_NETWORKS='["127.0.0.0/8"]',
            OUTGOING__PORTS=f"[{heard.port}]",
        )
        async with running(settings(), own_database) as house:
            worker = asyncio.create_task(work())
            async with transaction(house.sessions) as session:
                ada = await a_person(session, "Ada Vogt")
                await some_devices(session, ada, f"http://127.0.0.1:{heard.port}")
                given = {"params": {"person": "Kim", "group": "X"}, "path": "/", "dedup_key": "1"}
                await tell(session, WORDINGS["group.join_requested"], [ada.id], **given)
            await until(lambda: heard.connections == HANDS)
            async with transaction(house.sessions) as session:
                said = {"subject": "Eilt", "text": "Bitte gleich lesen.", "locale": "de"}
                await send_mail(session, "kim@kontor.example", **said)
            mails = tmp_path / "mail"
            await until(lambda: any("Eilt" in one.read_text() for one in mails.glob("*.eml")))
            assert heard.connections == HANDS
            assert not released.is_set()
            released.set()
            await until(lambda: heard.connections == HANDS + 1)
            signal.raise_signal(signal.SIGTERM)
            await worker
