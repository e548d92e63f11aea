"""Pages for signing up, signing in and out, forgotten passwords, and the language."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from app.core.asking import Asked
from app.core.i18n import as_locale
from app.core.settings import settings
from app.edge.cookies import forget_session, remember_entry, remember_language
from app.edge.deps import CurrentCaller, Reads, Tx
from app.edge.kept_answers import answer_anew
from app.features.accounts.account import AccountChange, change_account
from app.features.accounts.choosing import NewPassword
from app.features.accounts.links import usable_link
from app.features.accounts.passwords import (
    ResetConfirmation,
    ResetDraft,
    request_password_reset,
    reset_password,
)
from app.features.accounts.sessions import SignInDraft, open_session, sign_in, sign_out
from app.features.accounts.signing_up import (
    SignUpDraft,
    VerificationDraft,
    confirm_sign_up,
    sign_up,
    waiting_sign_up,
)
from app.models.accounts import LinkPurpose
from app.web.page import CurrentPage, PageRouter, local_path

router = PageRouter()


class SignInForm(SignInDraft):
    """Signing in on the way to a page."""

    next: Annotated[str, Asked("", widget="hidden")] = "/"


class PasswordForm(BaseModel):
    """A new password, behind a mailed link."""

    model_config = ConfigDict(extra="forbid")

    password: NewPassword


@router.get("/sign-up")
async def ask(page: CurrentPage) -> Response:
    """Ask for name and address."""
    form = page.blank(SignUpDraft, {"locale": page.actor.locale})
    return await page.render("accounts/sign_up.html", form=form)


@router.post("/sign-up")
async def register(page: CurrentPage, tx: Tx, caller: CurrentCaller) -> Response:
    """Send the link; what follows is the same for a known address."""
    draft = await page.form(SignUpDraft, "accounts/sign_up.html")
    await sign_up(tx, page.actor, draft, address=caller.address)
    return page.go("/sign-up/sent")


@router.get("/sign-up/sent")
async def sent(page: CurrentPage) -> Response:
    """Say that a mail is on its way."""
    readable = settings().mails_are_readable
    return await page.render("accounts/sent.html", mails_are_readable=readable)


@router.get("/sign-up/confirm/{token}")
async def confirm(token: str, page: CurrentPage, reads: Reads) -> Response:
    """Ask for the password; opening the link changes nothing."""
    waiting = await waiting_sign_up(reads, token)
    form = page.blank(PasswordForm)
    return await page.render("accounts/confirm.html", form=form, waiting=waiting, token=token)


@router.post("/sign-up/confirm/{token}")
async def open_account(
    token: str, page: CurrentPage, reads: Reads, tx: Tx, caller: CurrentCaller
) -> Response:
    """Open the account and sign in."""
    waiting = await waiting_sign_up(reads, token)
    form = await page.form(PasswordForm, "accounts/confirm.html", waiting=waiting, token=token)
    verification = VerificationDraft(token=token, password=form.password)
    account = await confirm_sign_up(tx, verification)
    entry = await open_session(tx, account.id, caller)
    company = {"company": waiting.company_name} if waiting.company_name else {}
    response = page.go(f"/welcome?{urlencode(company)}".rstrip("?"), "account.opened")
    remember_entry(response, entry)
    return response


@router.get("/sign-in")
async def ask_to_sign_in(page: CurrentPage, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    """Ask for address and password."""
    if page.actor.is_signed_in:
        return page.go(local_path(next))
    form = page.blank(SignInForm, {"next": local_path(next)})
    return await page.render("accounts/sign_in.html", form=form)


@router.post("/sign-in")
async def enter(page: CurrentPage, tx: Tx, caller: CurrentCaller, request: Request) -> Response:
    """Sign in with a new session, and go on to where the reader was going."""
    draft = await page.form(SignInForm, "accounts/sign_in.html")
    answer_anew(request)
    entry = await sign_in(tx, draft, caller, former=page.actor.session_id)
    response = page.go(local_path(draft.next))
    remember_entry(response, entry)
    return response


@router.post("/sign-out")
async def leave(page: CurrentPage, tx: Tx) -> Response:
    """End the session of this browser."""
    await sign_out(tx, page.actor)
    response = page.go("/", "account.signed_out")
    forget_session(response)
    return response


@router.get("/reset-password")
async def ask_for_reset(page: CurrentPage) -> Response:
    """Ask whose password is forgotten."""
    return await page.render("accounts/reset.html", form=page.blank(ResetDraft))


@router.post("/reset-password")
async def request_reset(page: CurrentPage, tx: Tx, caller: CurrentCaller) -> Response:
    """Send the link; what follows is the same for an unknown address."""
    draft = await page.form(ResetDraft, "accounts/reset.html")
    await request_password_reset(tx, draft, address=caller.address)
    return page.go("/sign-up/sent")


@router.get("/reset-password/{token}")
async def ask_for_new_password(token: str, page: CurrentPage, reads: Reads) -> Response:
    """Ask for the new password; opening the link changes nothing."""
    link = await usable_link(reads, token, LinkPurpose.RESET_PASSWORD)
    form = page.blank(PasswordForm)
    return await page.render("accounts/new_password.html", form=form, link=link, token=token)


@router.post("/reset-password/{token}")
async def replace_password(token: str, page: CurrentPage, reads: Reads, tx: Tx) -> Response:
    """Replace the password; signing in with it comes next."""
    link = await usable_link(reads, token, LinkPurpose.RESET_PASSWORD)
    form = await page.form(PasswordForm, "accounts/new_password.html", link=link, token=token)
    await reset_password(tx, ResetConfirmation(token=token, password=form.password))
    return page.go("/sign-in", "account.password_changed")


@router.post("/language")
async def choose_language(page: CurrentPage, tx: Tx) -> Response:
    """Speak another language from now on."""
    posted = await page.request.form()
    locale = as_locale(str(posted.get("locale", "")))
    if page.actor.is_signed_in:
        await change_account(tx, page.actor, AccountChange(locale=locale))
    response = page.go(local_path(str(posted.get("next", "/"))))
    remember_language(response, locale)
    return response
