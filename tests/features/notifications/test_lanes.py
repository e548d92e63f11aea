"""What waits for other servers holds up nothing else: the worker itself, as in production."""

import asyncio
import contextlib
import signal
from collections import Counter
from email import message_from_bytes

from aiosmtpd.smtp import SMTP
from sqlalchemy import func, select, text

from app.core.db import transaction
from app.core.mailing import send_mail
from app.core.settings import settings
from app.features.notifications.telling import tell
from app.features.notifications.wording import WORDINGS
from app.models.accounts import SignedInSession
from app.models.mails import OutgoingMail
from app.models.notifications import PushSubscription
from app.runtime import running
from app.worker import work
from tests.features.notifications.test_push import a_browser
from tests.features.posts.arranging import a_post, a_reply
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


class MailServer:
    """Accepts connections and says nothing, until it recovers; then it counts what it is sent."""

    def __init__(self):
        self.hanging, self.messages = [], Counter()
        self.server = None

    @contextlib.asynccontextmanager
    async def listening(self):
        self.server = await asyncio.start_server(self._hang, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            self.server.close()

    async def _hang(self, _reader, writer):
        self.hanging.append(writer)

    async def recover(self):
        self.server.close()
        for writer in self.hanging:
            writer.transport.abort()
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(lambda: SMTP(self), "127.0.0.1", self.port)

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        message = message_from_bytes(envelope.original_content)
        self.messages[str(message["Message-ID"])] += 1
        return "250 OK"


async def some_mails(house, count):
    async with transaction(house.sessions) as session:
        for number in range(count):
            said = {"subject": f"Nr. {number}", "text": "Eins.", "locale": "de"}
            await send_mail(session, "kim@kontor.example", **said)


async def retry_at_once(house):
    """Wait until no mail is on its way, and let those that were put off go now."""
    lane = "queue_name = 'mails'"
    doing = text(f"SELECT count(*) FROM procrastinate_jobs WHERE {lane} AND status = 'doing'")
    async with asyncio.timeout(10):
        while True:
            async with transaction(house.sessions) as session:
                if not await session.scalar(doing):
                    now = text(f"UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE {lane}")
                    await session.execute(now)
                    return
            await asyncio.sleep(0.02)


async def test_a_mail_server_that_hangs_holds_up_nothing_and_loses_and_doubles_no_mail(
    own_database, configure, tmp_path
):
    async with MailServer().listening() as mails, sink(saying("201 Created")) as pushes:
        configure(
            DATABASE_URL=own_database,
            VAR_DIR=str(tmp_path),
            JOBS__AT_ONCE=str(HANDS),
            JOBS__MAILS_AT_ONCE=str(HANDS),
            WRITE_CONNECTIONS="1",
            SMTP__HOST="127.0.0.1",
            SMTP__PORT=str(mails.port),
            SMTP__SECURITY="none",
            OUTGOING__PLAIN_HTTP="true",
            OUTGOING__ALLOWED_NETWORKS='["127.0.0.0/8"]',
            OUTGOING__PORTS=f"[{pushes.port}]",
        )
        async with running(settings(), own_database) as house:
            worker = asyncio.create_task(work())
            await some_mails(house, HANDS + 1)
            await until(lambda: len(mails.hanging) == HANDS)
            async with transaction(house.sessions) as session:
                ada, kim = await a_person(session, "Ada Vogt"), await a_person(session, "Kim")
                await some_devices(session, ada, f"http://127.0.0.1:{pushes.port}")
                await a_reply(session, kim, await a_post(session, ada))
            await until(lambda: len(pushes.asked) == HANDS + 1)  # by way of the usual lane
            assert (len(mails.hanging), mails.messages.total()) == (HANDS, 0)
            await mails.recover()
            await retry_at_once(house)
            await some_mails(house, 1)  # wakes the lane
            expected = HANDS + 1 + 1 + 1
            await until(lambda: mails.messages.total() >= expected)
            signal.raise_signal(signal.SIGTERM)
            await worker
            async with transaction(house.sessions) as session:
                sent = select(func.count()).where(OutgoingMail.sent_at.is_not(None))
                assert await session.scalar(sent) == expected
            assert len(mails.messages) == mails.messages.total() == expected
