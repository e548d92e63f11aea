"""Reading the mails of a demo."""

import pytest

from app.core.letters import Enclosure, Picture
from app.core.mail import Mail, Mailbox, Spool, compose
from app.core.settings import settings

TEXT = "Guten Tag,\n\nhier: http://testserver/sign-up/confirm/abc\n\n<script>alert(1)</script>\n"


@pytest.fixture
async def a_mail(tmp_path, configure):
    configure(VAR_DIR=str(tmp_path))
    mail = Mail(
        to="kim@feinwerk.example",
        subject="Grüße",
        text=TEXT,
        message_id="1@kontor.example",
        html="<p></p>",
        picture=Picture(content=b"PNG", text="Code"),
        enclosures=[Enclosure(name="termin.ics", media_type="text/calendar", content=b"BEGIN")],
    )
    message = compose(mail, Mailbox("kontor@kontor.example"))
    await Spool(settings().var_dir / "mail").deliver(
        message, sender="kontor@kontor.example", recipient=mail.to
    )


async def test_mails_of_a_demo_are_listed_and_read(client, a_mail):
    page = await client.get("/dev/mails")
    assert "Grüße" in page.text
    path = page.text.split('href="/dev/mails/')[1].split('"')[0]
    mail = await client.get(f"/dev/mails/{path}")
    assert '<a href="http://testserver/sign-up/confirm/abc">' in mail.text
    assert "<script>alert" not in mail.text
    picture = await client.get(f"/dev/mails/{path}/0")
    assert (picture.content, picture.headers["content-type"]) == (b"PNG", "image/png")
    assert f'href="/dev/mails/{path}/1">termin.ics</a>' in mail.text
    file = await client.get(f"/dev/mails/{path}/1")
    assert file.headers["content-disposition"] == 'attachment; filename="termin.ics"'
    assert file.content == b"BEGIN"
    for wrong in (f"{path}/2", f"{path}/-1", "unknown/0"):
        assert (await client.get(f"/dev/mails/{wrong}")).status_code == 404
    assert (await client.get("/dev/mails/unknown")).status_code == 404
    assert (await client.get("/dev/mails/..%2fsecret")).status_code == 404


async def test_an_empty_folder_says_what_to_do(client, configure, tmp_path):
    configure(VAR_DIR=str(tmp_path))
    assert "Noch keine E-Mail" in (await client.get("/dev/mails")).text


@pytest.mark.parametrize(
    "setting",
    [
        {
            "MODE": "production",
            "SECRET": "x" * 40,
            "BASE_URL": "https://testserver",
            "REQUIRE_DURABLE_DATABASE": "true",
        },
        {"SMTP__HOST": "mail.kontor.example"},
    ],
)
async def test_nobody_else_s_mails_can_be_read(client, configure, a_mail, setting):
    path = (await client.get("/dev/mails")).text.split('href="/dev/mails/')[1].split('"')[0]
    configure(**setting)
    for page in ("", f"/{path}", f"/{path}/0"):
        assert (await client.get(f"/dev/mails{page}")).status_code == 404
