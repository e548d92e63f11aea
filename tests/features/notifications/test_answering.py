"""Answers by mail: what people write back becomes theirs, and nothing else does."""

import hmac
from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import func, select

from app.core import clock
from app.core.db import transaction
from app.core.incoming import read_mail
from app.features.notifications.reply_addresses import answered_by
from app.features.notifications.wording import WORDINGS
from app.models.messages import Message
from app.models.notifications import NotificationSetting
from app.models.posts import Reply
from tests.features.posts.arranging import a_post, a_reply
from tests.makers import a_person, bearer

SECRET = "ein-geheimnis-zwischen-mailserver-und-kontor"
URL = "/api/v1/inbound_mail"

OUTLOOK = """Guten Tag,

am Donnerstag passt es uns gut.
Bitte rufen Sie vorher an.

Mit freundlichen Grüßen
Ada Vogt

Von: Kontor <kontor@kontor.example>
Gesendet: Dienstag, 1. Dezember 2026 12:03
An: Ada Vogt <ada@kontor.example>
Betreff: Antwort auf „Wer bildet Feinwerkmechaniker aus?“

Kim Jaspert hat auf „Wer bildet Feinwerkmechaniker aus?“ geantwortet.
"""
GMAIL = """Am Donnerstag passt es uns gut.

Am Di., 1. Dez. 2026 um 12:03 Uhr schrieb Kontor <kontor@kontor.example>:

> Guten Tag, Ada,
>
> Kim Jaspert hat auf „Wer bildet Feinwerkmechaniker aus?“ geantwortet.
"""
APPLE = """Am Donnerstag passt es uns gut.

Von meinem iPhone gesendet

> Am 01.12.2026 um 12:03 schrieb Kontor <kontor@kontor.example>:
>
> Kim Jaspert hat auf „Wer bildet Feinwerkmechaniker aus?“ geantwortet.
"""
THUNDERBIRD = """Am Donnerstag passt es uns gut.

--
Ada Vogt
Vogt Feinwerk GmbH, Hattingen

Am 01.12.26 um 12:03 schrieb Kontor:
> Kim Jaspert hat auf „Wer bildet Feinwerkmechaniker aus?“ geantwortet.
"""
ENGLISH = """Thursday suits us.

On Tue, Dec 1, 2026 at 12:03 PM Kontor <kontor@kontor.example> wrote:
> Kim Jaspert has replied.
"""


@pytest.fixture(autouse=True)
def inbound(configure):
    configure(INBOUND__DOMAIN="antwort.kontor.example", INBOUND__SECRET=SECRET)


@pytest.fixture
async def asked(session, runtime, work, outbox):
    """Ada has asked, Kim has answered, and Ada was told by mail."""
    ada, kim = await a_person(session, "Ada Vogt"), await a_person(session, "Kim Jaspert")
    post = await a_post(session, ada)
    await session.commit()
    async with transaction(runtime.sessions) as tx:
        await a_reply(tx, kim, post)
    await work()
    [(address, mail)] = outbox.outbox
    outbox.outbox.clear()
    return ada, post, address, str(mail["Reply-To"])


@pytest.fixture
def post_mail(client):
    async def posted(mail, *, secret=SECRET, age=0):
        raw = mail if isinstance(mail, bytes) else mail.as_bytes()
        at = str(int(clock.now().timestamp()) - age)
        signed = hmac.digest(secret.encode(), at.encode() + b"." + raw, "sha256").hex()
        headers = {"kontor-signature": f"t={at},v1={signed}", "content-type": "message/rfc822"}
        return await client.post(URL, content=raw, headers=headers)

    return posted


def an_answer(sender, to, text=GMAIL, **headers):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Ada Vogt <{sender}>", to, "AW: Antwort"
    mail["Message-ID"] = f"<{abs(hash((text, *headers.items())))}@mail.example>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


async def bodies(session):
    return list(await session.scalars(select(Reply.body).order_by(Reply.published_at)))[1:]


@pytest.mark.parametrize("text", [OUTLOOK, GMAIL, APPLE, THUNDERBIRD, ENGLISH])
def test_quotations_and_signatures_of_known_mail_programs_are_cut_off(text):
    said = read_mail(an_answer("a@b.example", "c@d.example", text).as_bytes()).text
    assert "Donnerstag" in said or "Thursday" in said
    for gone in ("Kontor", "Kim", "Vogt", "iPhone", "Grüßen", "wrote", ">"):
        assert gone not in said


def test_a_message_in_html_only_is_read_without_its_quotation():
    mail = an_answer("a@b.example", "c@d.example")
    mail.set_content(
        "<html><head><style>p{}</style></head><body><p>Am Donnerstag<br>passt es uns.</p>"
        '<div class="gmail_quote">Am Di. schrieb Kim</div><blockquote>Alt</blockquote>'
        "</body></html>",
        subtype="html",
    )
    assert read_mail(mail.as_bytes()).text == "Am Donnerstag\npasst es uns."


async def test_an_answer_becomes_a_reply_of_its_writer_once(session, asked, post_mail, client):
    ada, post, address, alias = asked
    assert alias.endswith("@antwort.kontor.example")
    assert len(alias.partition("@")[0]) <= 64
    mail = an_answer(address, alias)
    for outcome in ("taken", "known"):
        answer = await post_mail(mail)
        assert (answer.status_code, answer.json()) == (200, {"outcome": outcome})
    assert await bodies(session) == ["Am Donnerstag passt es uns gut."]
    reply = await session.scalar(select(Reply).order_by(Reply.published_at.desc()).limit(1))
    assert (reply.author_id, reply.post_id) == (ada.id, post.id)


@pytest.mark.parametrize(
    ("secret", "age"),
    [("ein-anderes-geheimnis-mit-genug-zeichen", 0), (SECRET, 400), (SECRET, -400)],
)
async def test_what_is_not_signed_or_old_is_refused_and_changes_nothing_t87(
    session, asked, post_mail, client, secret, age
):
    _, _, address, alias = asked
    refused = await post_mail(an_answer(address, alias), secret=secret, age=age)
    assert (refused.status_code, refused.json()["code"]) == (401, "bad_signature")
    unsigned = await client.post(URL, content=b"x", headers={"content-type": "message/rfc822"})
    assert unsigned.status_code == 401
    assert await bodies(session) == []


async def test_without_settings_nothing_comes_in_and_no_address_is_given_t87(
    configure, asked, post_mail
):
    configure(INBOUND__DOMAIN="", INBOUND__SECRET=SECRET)
    assert (await post_mail(b"x")).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"X_Autoreply": "yes"},
        {"Return_Path": "<>"},
        {"List_Id": "<x.example>"},
    ],
)
async def test_programs_are_not_answered_t86(session, work, outbox, asked, post_mail, headers):
    _, _, address, alias = asked
    answer = await post_mail(an_answer(address, alias, **headers))
    assert answer.json() == {"outcome": "ignored"}
    await work()
    assert outbox.outbox == []
    assert await bodies(session) == []


async def test_who_writes_from_another_address_is_refused_and_the_owner_told_seldom(
    session, work, outbox, asked, post_mail, configure
):
    configure(RATE_LIMITS="true")
    _, _, address, alias = asked
    for number in range(5):
        mail = an_answer("mallory@evil.example", alias, f"Ich bin Ada, ganz bestimmt. {number}")
        assert (await post_mail(mail)).json() == {"outcome": "refused"}
    await work()
    assert {to for to, _ in outbox.outbox} == {address}  # nobody else is ever written to
    assert len(outbox.outbox) == 3
    mail = outbox.outbox[0][1]
    assert mail["Reply-To"] is None
    assert "nicht von der E-Mail-Adresse" in mail.get_body(("plain",)).get_content()
    assert await bodies(session) == []


async def test_an_address_that_was_made_up_is_nobodys(session, asked, post_mail, work, outbox):
    _, _, address, alias = asked
    local, _, domain = alias.partition("@")
    other = "a" if local[-9] != "a" else "b"
    for wrong in (
        f"{local[:-9]}{other}{local[-8:]}@{domain}",
        f"{local}@evil.example",
        f"reply+x@{domain}",
    ):
        answer = await post_mail(an_answer(address, wrong, f"Hallo {wrong}"))
        assert answer.json() == {"outcome": "ignored"}
        assert answered_by(wrong) is None
    await work()
    assert outbox.outbox == []
    assert await bodies(session) == []
    assert answered_by(alias.upper())  # mail servers may change the case


@pytest.mark.parametrize(
    ("results", "outcome"),
    [
        (["mx.kontor.example; spf=pass; dkim=pass; dmarc=pass"], "taken"),
        (["mx.kontor.example; dkim=fail; dmarc=fail"], "refused"),
        (["evil.example; dmarc=pass"], "refused"),
        (["mx.kontor.example; dmarc=fail", "mx.kontor.example; dmarc=pass"], "refused"),
        ([], "refused"),
    ],
)
async def test_the_mail_servers_word_is_asked_for_where_it_is_named(
    asked, post_mail, configure, results, outcome
):
    configure(INBOUND__AUTHORITY="mx.kontor.example")
    _, _, address, alias = asked
    mail = an_answer(address, alias)
    for one in results:
        mail["Authentication-Results"] = one
    assert (await post_mail(mail)).json() == {"outcome": outcome}


async def test_files_are_left_out_and_that_is_said(session, asked, post_mail, work, outbox):
    _, _, address, alias = asked
    mail = an_answer(address, alias)
    mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="plan.pdf")
    assert (await post_mail(mail)).json() == {"outcome": "taken"}
    await work()
    assert await bodies(session) == ["Am Donnerstag passt es uns gut."]
    texts = [one.get_body(("plain",)).get_content() for to, one in outbox.outbox if to == address]
    assert any("ohne die Dateien" in text for text in texts)


async def test_what_the_rules_refuse_is_told_and_not_written(
    session, asked, post_mail, work, outbox
):
    _, post, address, alias = asked
    post.status = "withdrawn"
    await session.commit()
    assert (await post_mail(an_answer(address, alias))).json() == {"outcome": "refused"}
    assert (await post_mail(an_answer(address, alias, "x" * 30_000))).json() == {
        "outcome": "refused"
    }
    await work()
    assert len(outbox.outbox) == 2
    assert await bodies(session) == []


async def test_a_message_is_answered_in_its_conversation(session, client, work, outbox, post_mail):
    ada, kim = await a_person(session, "Ada Vogt"), await a_person(session, "Kim Jaspert")
    headers = await bearer(session, kim)
    await session.commit()
    draft = {"person_id": str(ada.id), "text": "Haben Sie Zeit?"}
    begun = await client.post("/api/v1/conversations", headers=headers, json=draft)
    assert begun.status_code == 201, begun.json()
    await work()
    [(address, mail)] = outbox.outbox
    taken = await post_mail(an_answer(address, str(mail["Reply-To"]), OUTLOOK))
    assert taken.json() == {"outcome": "taken"}
    assert await session.scalar(select(func.count()).select_from(Message)) == 2


async def test_a_mail_to_the_stop_address_stops_the_list_of_its_subject(
    session, runtime, work, outbox, asked, post_mail
):
    _, post, address, _ = asked
    with clock.set_to(clock.now() + timedelta(hours=1)):
        async with transaction(runtime.sessions) as tx:
            await a_reply(tx, await a_person(tx, "Bo"), post)
        await work()
    header = outbox.outbox[-1][1]["List-Unsubscribe"]
    to, _, subject = header.rpartition("<mailto:")[2].strip("<>").partition("?subject=")
    assert to == "stop@antwort.kontor.example"
    mail = an_answer(address, to, "")
    del mail["Subject"]
    mail["Subject"] = subject.replace("%20", " ")
    assert (await post_mail(mail)).json() == {"outcome": "taken"}
    assert await session.scalar(select(NotificationSetting.frequency)) == "never"


def test_confidential_threads_are_not_answered_by_mail():
    for type_ in ("inquiry.confidential", "mediation.requested", "match.found_unnamed"):
        assert WORDINGS[type_].answered_in is None
