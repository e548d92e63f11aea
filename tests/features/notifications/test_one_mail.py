"""One mail from the event to a real mail server, and the button that stops its like."""

import re
from email import message_from_bytes, policy

import pytest
from sqlalchemy import select

from app.core.db import transaction
from app.models.notifications import NotificationSetting
from tests.features.posts.arranging import a_post, a_reply
from tests.makers import a_person
from tests.sinks import mail_sink


@pytest.fixture
def sink(runtime):
    with mail_sink(runtime) as sink:
        yield sink


async def test_a_mail_arrives_in_both_parts_and_is_stopped_without_a_cookie_t85_t88(
    session, runtime, client, work, sink
):
    async with transaction(runtime.sessions) as tx:
        ada = await a_person(tx, "Ada Vogt", locale="en")
        kim = await a_person(tx, "Kim Jaspert")
        post = await a_post(tx, ada, title="Wer fräst Alu? Ä, ö, ü – „ß“")
        await a_reply(tx, kim, post)
    await work()
    [(recipients, raw)] = sink.mails
    mail = message_from_bytes(raw, policy=policy.SMTP)
    assert recipients == [str(mail["To"])]
    assert mail["Subject"] == f"Reply to “{post.title}”"
    assert mail["Content-Language"] == "en"
    text, html = mail.iter_parts()
    assert [part.get_content_type() for part in (text, html)] == ["text/plain", "text/html"]
    said = f"Kim Jaspert replied to “{post.title}”."
    assert said in text.get_content()
    assert said in html.get_content()
    for header in ("Message-ID", "References", "In-Reply-To", "List-Id"):
        assert re.fullmatch(r"<[^<>\s]+>", mail[header]), header
    assert (mail["Auto-Submitted"], mail["Precedence"]) == ("auto-generated", "bulk")
    assert max(map(len, raw.splitlines())) <= 998
    link = re.search(r"<http://testserver(/unsubscribe[^>]+)>, <mailto:", mail["List-Unsubscribe"])
    body = dict([mail["List-Unsubscribe-Post"].split("=")])
    stopped = await client.post(link[1], data=body)
    assert (stopped.status_code, stopped.headers.get("set-cookie")) == (200, None)
    row = (await session.execute(select(NotificationSetting))).scalar_one()
    assert (row.person_id, row.topic, row.channel, row.frequency) == (
        ada.id, "replies", "mail", "never"
    )  # fmt: skip
