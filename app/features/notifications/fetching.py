"""Answers by mail from a mailbox: what lies there unread is taken like what is handed over.

A mail is marked as read after what became of it is committed, never before: if the worker dies
in between, the mail comes again, and is known.
"""

import asyncio
from collections import Counter
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession as Session

from app.core.events import Run, errand
from app.core.imap import Folder, MailboxAway, opened
from app.core.settings import settings
from app.features.notifications.answering import Outcome, take_mail

AT_ONCE: Final = 200  # mails in one round; the next round goes on
MOST_FAILURES: Final = 5  # in one round: then it is not the mails
SECONDS: Final = 300  # for one round

_log = structlog.get_logger()


@errand("* * * * *")
async def read_mailbox(run: Run) -> None:
    """Take what has come to the mailbox, if there is one; whatever cannot be taken stays unread."""
    imap = settings().inbound.imap
    if not imap.host:
        return
    taken: Counter[str] = Counter()
    try:
        async with asyncio.timeout(SECONDS), opened(imap) as folder:
            await _take_waiting(folder, run, taken)
    except (MailboxAway, TimeoutError) as away:
        _log.warning("mailbox.away", reason=repr(away))
    if taken:
        _log.info("mailbox.read", **taken)


async def _take_waiting(folder: Folder, run: Run, taken: Counter[str]) -> None:
    failures = 0
    for uid in (await folder.waiting())[:AT_ONCE]:
        raw = await folder.read(uid)
        if raw is None:
            _log.warning("mailbox.unreadable", uid=uid)
            await folder.mark_in_trouble(uid)
            continue
        try:
            outcome = await _take(run, raw)
        except Exception:  # noqa: BLE001 - whatever is wrong with one mail, the next is taken
            _log.exception("mailbox.not_taken", uid=uid)
            await folder.mark_in_trouble(uid)
            failures += 1
            if failures == MOST_FAILURES:
                return
        else:
            await folder.mark_taken(uid)
            taken[outcome] += 1


async def _take(run: Run, raw: bytes) -> Outcome:
    """Take one mail in a transaction of its own; return what became of it, once it is committed."""
    outcomes: list[Outcome] = []

    async def take(session: Session) -> None:
        outcomes.append(await take_mail(session, raw))

    await run(take)
    return outcomes[-1]
