"""Story 1 without JavaScript: a load meets a half-empty lorry, and the rest stays on offer."""

import re
import time
from datetime import date, timedelta

import holidays
from playwright.sync_api import Page, expect

from tests.browser.conftest import CHAMBER, FIRM, sign_in, visitor

HOLIDAYS = holidays.country_holidays("DE", subdiv="NW")
# Any Tuesday that comes will do, on which lorries may drive.
TUESDAYS = (date.today() + timedelta(days=days) for days in range(10, 40))  # noqa: DTZ011
DAY = next(day for day in TUESDAYS if day.weekday() == 1 and day not in HOLIDAYS)
NEXT = DAY + timedelta(days=1)


def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.locator(f"[name='details.{name}']").fill(value)


def tick(page: Page, name: str, *values: str) -> None:
    for value in values:
        page.locator(f"[name='details.{name}'][value='{value}']").check()


def unfolded(page: Page, path: str) -> None:
    """Open a form with all that it asks for in sight."""
    page.goto(path)
    for summary in page.locator("details.folded > summary").all():
        if summary.locator("xpath=..").get_attribute("open") is None:
            summary.click()


def published(page: Page) -> str:
    page.get_by_role("button", name="Veröffentlichen", exact=True).click()
    expect(page.locator("#error-summary")).to_have_count(0)
    page.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}"))
    return page.url.split("?")[0]


def test_a_load_takes_its_part_of_a_lorry_and_the_rest_stays_on_offer(  # noqa: PLR0915 - one story
    browser, site
):
    dilek, kim = visitor(browser, site), visitor(browser, site, width=1280)
    sign_in(dilek, FIRM)
    sign_in(kim, CHAMBER)
    unfolded(dilek, "/posts/new?kind=freight_capacity")
    fill(
        dilek,
        origin="44793",
        destination="23560",
        departs_from=f"{DAY}T06:00",
        departs_until=f"{DAY}T12:00",
        arrives_by=f"{NEXT}T12:00",
        free_loading_metres="6,5",
        free_weight_kg="11500",
        licence_number="DE-NW-4711",
        licence_valid_until=f"{DAY + timedelta(days=400)}",
        insured_until=f"{DAY + timedelta(days=400)}",
    )
    for name, value in (
        ("vehicle_type", "semi_trailer"),
        ("price_type", "negotiable"),
        ("legal_status", "licensed"),
    ):
        dilek.locator(f"[name='details.{name}']").select_option(value)
    tick(dilek, "bodies", "curtain_sider")
    tick(dilek, "loading_sides", "rear", "side")
    lorry = published(dilek)
    expect(dilek.get_by_role("main")).to_contain_text("6,5")

    unfolded(kim, "/posts/new?kind=freight_request")
    fill(
        kim,
        origin="44649",
        destination="23569",
        loads_from=f"{DAY}T07:00",
        loads_until=f"{DAY}T12:00",
        unloads_until=f"{NEXT}T16:00",
        goods="Fräskopf",
        packages="1 × Kiste 4,2×2,2×2,4 m 3000 kg",
    )
    kim.locator("[name='details.loading_side']").select_option("side")
    load = published(kim)
    expect(kim.get_by_role("main")).to_contain_text("3,85")

    kim.get_by_role("link", name="Genaue Adressen").click()
    kim.locator("[name='loading_street']").fill("Industriestraße 8")
    kim.locator("[name='unloading_street']").fill("Seelandkai 5")
    kim.get_by_role("button", name="Adressen speichern").click()
    kim.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}\?"))

    until = time.monotonic() + 30
    while "2,65 Lademeter bleiben frei" not in kim.get_by_role("main").inner_text():
        assert time.monotonic() < until, "the match was never shown"
        time.sleep(0.5)
        kim.goto(load)
    found = site.mail(FIRM, re.compile(r"2,65 Lademeter bleiben\s+frei"))
    assert found

    kim.goto(f"{lorry}/inquire")
    kim.locator("[name='offered_post_id']").select_option(index=1)
    kim.locator("[name='text']").fill("Passt das?")
    kim.get_by_role("button", name="Absenden").click()
    assert kim.locator("#error-summary").all_inner_texts() == []
    kim.wait_for_url(re.compile(r"/inquiries/"))

    dilek.goto("/inquiries")
    dilek.locator("main a[href^='/inquiries/']").first.click()
    expect(dilek.get_by_role("main")).not_to_contain_text("Industriestraße")
    dilek.get_by_role("link", name="Zusagen").click()
    dilek.get_by_role("main").locator("form button[type=submit]").first.click()
    expect(dilek.get_by_role("main")).to_contain_text("zugesagt", ignore_case=True)
    expect(dilek.locator("#addresses")).to_contain_text("Industriestraße 8")
    expect(dilek.locator("#addresses")).to_contain_text("Seelandkai 5")
    dilek.get_by_role("link", name="Eigene Adressen angeben").click()
    dilek.locator("[name='loading_street']").fill("Am Güterbahnhof 2")
    assert dilek.evaluate("document.documentElement.scrollWidth") <= 360
    dilek.get_by_role("button", name="Adressen speichern").click()
    kim.reload()
    expect(kim.locator("#addresses")).to_contain_text("Am Güterbahnhof 2")
    assert dilek.evaluate("document.documentElement.scrollWidth") <= 360

    stranger = visitor(browser, site)
    stranger.goto(lorry)
    main = stranger.get_by_role("main")
    expect(main).to_contain_text("2,65")
    expect(main).to_contain_text("8.500")
    expect(main).not_to_contain_text("Industriestraße")
    assert stranger.goto(load).status == 410
