"""Every page, looked at by axe, on a phone and on a desk, by strangers and by members; story 10."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import FIRM, sign_in, visitor

PUBLIC = (
    "/", "/groups", "/groups/{group}", "/groups/{closed}", "/companies", "/companies/{firm}",
    "/people", "/people/{person}", "/posts", "/posts/{post}", "/contacts", "/region",
    "/places/05954016", "/sectors/2008:C",
    "/sign-in", "/sign-up",
    "/reset-password", "/imprint", "/privacy", "/terms", "/accessibility", "/ordering", "/api",
    "/neutrality",
    "/problems", "/search", "/search?q=ausbildung", "/search?q=ausbildnug",
    "/embed?kind=offer", "/embed/posts", "/embed/events", "/embed/dates",
    "/embed/posts/{post}", "/events", "/events/month", "/certificates", "/gibt-es-nicht",
)  # fmt: skip
PERSONAL = (
    "/", "/groups/{group}", "/groups/{group}/edit", "/groups/{group}/members",
    "/groups/{group}/invitations", "/groups/new", "/companies/new", "/companies/{firm}",
    "/companies/{firm}/edit", "/companies/{firm}/staff", "/companies/{firm}/contacts",
    "/companies/{firm}/sites", "/me/profile", "/me/companies", "/posts/new?kind=question",
    "/posts/new?kind=discussion", "/posts/{post}", "/posts/{post}/edit", "/bookmarks",
    "/posts/{post}/matches",
    "/searches", "/searches/new?kind=space_offer&area_from_m2=700",
    "/posts?kind=space_offer&area_from_m2=700", "/posts/new?kind=space_offer",
    "/posts?kind=apprenticeship", "/posts/new?kind=apprenticeship", "/posts/new?kind=course",
    "/posts/new?kind=succession_offer", "/posts/new?kind=trade_partner", "/mediation",
    "/companies?mediates_successions=true",
    "/notifications", "/feed", "/follows", "/people/{other}", "/companies/{mill}",
    "/groups?topic=succession", "/settings", "/settings/notifications", "/settings/push",
    "/settings/tokens", "/settings/close", "/welcome", "/me/registrations",
    "/me/calendar", "/me/calendars", "/posts/new?kind=event",
)  # fmt: skip

THREADS = (
    "/posts/{offer}", "/posts/{other_offer}/inquire", "/posts/{offer}/inquiries",
    "/inquiries/{received}", "/inquiries/{received}/decline", "/companies/{firm}/templates",
    "/inquiries", "/messages", "/messages/blocked", "/messages/{conversation}",
    "/people/{other}/message",
)  # fmt: skip
DEALS = (
    "/posts/{lorry}", "/posts/{lorry}/addresses", "/posts/{pool}",
    "/posts/{pool}/pool", "/inquiries/{deal}", "/deals/{deal}", "/me/posts/import",
    "/posts/new?kind=freight_capacity", "/posts/new?kind=freight_request",
)  # fmt: skip
EVENTS = (
    "/posts/{evening}", "/posts/{evening}/dates", "/occurrences/{date}", "/occurrences/{date}/edit",
    "/occurrences/{date}/registrations", "/occurrences/{date}/check-in/{other_code}",
    "/occurrences/{held}", "/occurrences/{held}/registrations", "/occurrences/{held}/check-in",
    "/occurrences/{held}/check-in/{door_code}", "/occurrences/{held}/attendance",
    "/me/registrations", "/me/registrations?past=true", "/posts/{evening}/dates?past=true",
    "/certificates/{certificate}", "/guest-registrations?key={guest_key}",
    "/events", "/events/month",
)  # fmt: skip


WIDTHS = (360, 1280)
# Style sheets are read again only for one experimental rule, which is not asked.
OPTIONS = {"resultTypes": ["violations"], "preload": False}
# Pages share one style sheet and their colours with it; contrast is what takes longest.
WITHOUT_CONTRAST = {**OPTIONS, "rules": {"color-contrast": {"enabled": False}}}
WITH_CONTRAST = 5  # one page in so many; an even step would never meet one on a desk


def violations(page, options=None):
    """What axe finds, by rule and place."""
    found = Axe().run(page, options=options or OPTIONS).response["violations"]
    return [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in found]


def faults(page, path, number):
    """What is wrong with a page: its status, what axe finds, what sticks out at either width.

    Axe looks at every other page on a phone, and at the rest on a desk.
    """
    looked_at = WIDTHS[number % 2]
    page.set_viewport_size({"width": looked_at, "height": 800})
    answer = page.goto(path)
    if answer.status != (404 if path == "/gibt-es-nicht" else 200):
        yield f"status {answer.status}"
        return
    is_contrasted = number % WITH_CONTRAST == 0
    yield from violations(page, OPTIONS if is_contrasted else WITHOUT_CONTRAST)
    for width in (looked_at, *set(WIDTHS) - {looked_at}):
        page.set_viewport_size({"width": width, "height": 800})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            yield f"wider than {width} pixels"


@pytest.mark.timeout(400)  # dozens of pages
@pytest.mark.parametrize(
    "paths",
    [PUBLIC, PERSONAL, THREADS, DEALS, EVENTS],
    ids=["strangers", "members", "threads", "deals", "events"],
)
def test_axe_finds_nothing_and_no_page_asks_elsewhere(browser, site, paths):
    page = visitor(browser, site, scripts=True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    if paths is not PUBLIC:
        sign_in(page, FIRM)
    found = {
        where: list(faults(page, where.format(**vars(site.paths)), number))
        for number, where in enumerate(paths)
    }
    assert not {where: wrong for where, wrong in found.items() if wrong}
    assert not [url for url in asked if not url.startswith((site.address, "data:"))]
    if paths is PUBLIC:
        assert page.context.cookies() == []


def test_dark_pages_have_enough_contrast(browser, site):
    context = browser.new_context(base_url=site.address, color_scheme="dark", locale="de-DE")
    page = context.new_page()
    for path in ("/", "/groups/{group}", "/companies", "/posts/{post}", "/sign-up"):
        page.goto(path.format(**vars(site.paths)))
        assert violations(page) == [], path


def test_story_10_a_reader_with_only_a_keyboard_at_320_pixels(browser, site):
    page = visitor(browser, site, width=320)
    page.goto("/sign-in")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Zum Inhalt springen")
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.locator(":focus").get_attribute("name") == "email":
            break
    page.keyboard.type("niemand@huegelland.example")
    page.keyboard.press("Tab")
    page.keyboard.type("falsch aber lang genug")
    page.keyboard.press("Enter")
    summary = page.get_by_role("alert").or_(page.locator(".error-summary")).first
    expect(summary).to_be_visible()
    page.get_by_label("E-Mail-Adresse").fill(FIRM)
    page.get_by_label("Passwort").fill("Bohrwerk und Feile 1907")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nadine Rauhut").first).to_be_visible()
    page.goto("/companies")
    page.locator("summary", has_text=re.compile("Auswahl")).first.focus()
    page.keyboard.press("Enter")
    page.get_by_label(re.compile("Ort|Postleitzahl")).first.fill("44625")
    page.get_by_label(re.compile("Umkreis")).first.select_option("25")
    page.get_by_label(re.compile("Ort|Postleitzahl")).first.press("Enter")
    page.wait_for_url("**/companies?**")
    page.goto(f"/posts/{site.paths.post}")
    page.get_by_label("Ihre Antwort").fill("Mit der Tastatur geschrieben.")
    page.keyboard.press("Tab")
    page.get_by_role("button", name=re.compile("Antwort")).last.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_contain_text("Mit der Tastatur geschrieben.")
    page.locator("summary", has_text="Nadine Rauhut").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Abmelden").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Anmelden").first).to_be_visible()
    page.get_by_role("link", name="Barrierefreiheit").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Barrierefreiheit")
