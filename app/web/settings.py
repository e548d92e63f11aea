"""Pages for one's own account: language, e-mail, password, sessions, closing."""

from typing import Any
from uuid import UUID

from starlette.responses import Response

from app.core.paging import MAX_LIMIT, Paging
from app.edge.cookies import forget_session, remember_language
from app.edge.deps import Reads, Tx
from app.features.accounts import sessions
from app.features.accounts.account import (
    AccountChange,
    Closing,
    change_account,
    close_account,
    read_account,
)
from app.features.accounts.email_change import (
    EmailChange,
    EmailConfirmation,
    change_email,
    request_email_change,
)
from app.features.accounts.links import usable_link
from app.features.accounts.passwords import PasswordChange, change_password
from app.models.accounts import LinkPurpose
from app.web.devices import device_name
from app.web.page import CurrentPage, Page, PageRouter

router = PageRouter(prefix="/settings")


@router.get("")
async def overview(page: CurrentPage, reads: Reads) -> Response:
    """Show the account and where it is signed in."""
    account = await read_account(reads, page.actor)
    entries = await sessions.list_sessions(reads, page.actor, Paging(MAX_LIMIT))
    form = page.blank(AccountChange, {"locale": account.locale}, version=account.version)
    return await page.render(
        "settings/account.html",
        account=account,
        form=form,
        sessions=[(entry, device_name(entry.user_agent)) for entry in entries.items],
    )


@router.post("")
async def change(page: CurrentPage, tx: Tx, reads: Reads) -> Response:
    """Choose the language."""
    about = await _about(page, reads)
    draft = await page.form(AccountChange, "settings/account.html", **about)
    await change_account(tx, page.actor, draft, expected=await page.version())
    response = page.go("/settings", "account.changed")
    remember_language(response, draft.locale)
    return response


@router.get("/password")
async def ask_for_password(page: CurrentPage, reads: Reads) -> Response:
    """Ask for the old and the new password."""
    account = await read_account(reads, page.actor)
    form = page.blank(PasswordChange)
    return await page.render("settings/password.html", form=form, account=account)


@router.post("/password")
async def replace_password(page: CurrentPage, tx: Tx, reads: Reads) -> Response:
    """Change the password."""
    account = await read_account(reads, page.actor)
    draft = await page.form(PasswordChange, "settings/password.html", account=account)
    await change_password(tx, page.actor, draft)
    return page.go("/settings", "account.password_changed")


@router.get("/email")
async def ask_for_email(page: CurrentPage, reads: Reads) -> Response:
    """Ask for the new address."""
    account = await read_account(reads, page.actor)
    form = page.blank(EmailChange)
    return await page.render("settings/email.html", form=form, account=account)


@router.post("/email")
async def request_email(page: CurrentPage, tx: Tx, reads: Reads) -> Response:
    """Send the link to the new address."""
    account = await read_account(reads, page.actor)
    draft = await page.form(EmailChange, "settings/email.html", account=account)
    await request_email_change(tx, page.actor, draft)
    return page.go("/settings", "account.email_asked")


@router.get("/email/{token}")
async def confirm_email(token: str, page: CurrentPage, reads: Reads) -> Response:
    """Ask whether the new address shall be valid; opening the link changes nothing."""
    link = await usable_link(reads, token, LinkPurpose.CHANGE_EMAIL)
    new = link.payload["email"]
    return await page.render("settings/confirm_email.html", token=token, email=new)


@router.post("/email/{token}")
async def replace_email(token: str, page: CurrentPage, tx: Tx, reads: Reads) -> Response:
    """Change the address."""
    await usable_link(reads, token, LinkPurpose.CHANGE_EMAIL)
    await change_email(tx, page.actor, EmailConfirmation(token=token))
    ours = "/settings" if page.actor.is_signed_in else "/sign-in"
    return page.go(ours, "account.email_changed")


@router.post("/sessions/end-others")
async def end_others(page: CurrentPage, tx: Tx) -> Response:
    """Sign out everywhere but here."""
    await sessions.end_other_sessions(tx, page.actor)
    return page.go("/settings", "account.sessions_ended")


@router.post("/sessions/{session_id}/end")
async def end(session_id: UUID, page: CurrentPage, tx: Tx) -> Response:
    """Sign out somewhere."""
    await sessions.end_session(tx, page.actor, session_id)
    return page.go("/settings", "account.sessions_ended")


@router.get("/close")
async def ask_to_close(page: CurrentPage, reads: Reads) -> Response:
    """Say what closing means, and ask for the password."""
    account = await read_account(reads, page.actor)
    form = page.blank(Closing)
    return await page.render("settings/close.html", form=form, account=account)


@router.post("/close")
async def close(page: CurrentPage, tx: Tx, reads: Reads) -> Response:
    """Close the account."""
    account = await read_account(reads, page.actor)
    draft = await page.form(Closing, "settings/close.html", account=account)
    await close_account(tx, page.actor, draft)
    response = page.go("/", "account.closed")
    forget_session(response)
    return response


async def _about(page: Page, reads: Reads) -> dict[str, Any]:
    account = await read_account(reads, page.actor)
    entries = await sessions.list_sessions(reads, page.actor, Paging(MAX_LIMIT))
    return {
        "account": account,
        "sessions": [(entry, device_name(entry.user_agent)) for entry in entries.items],
    }
