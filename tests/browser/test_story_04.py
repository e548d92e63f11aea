"""Story 4 on a phone, without JavaScript: an apprentice is sought, found, and the place taken."""

import json
import re
from datetime import date

from playwright.sync_api import expect

from tests.browser.conftest import FIRM, sign_in, visitor

YEAR = date.today().year + 1  # noqa: DTZ011 - a year is enough


def test_from_a_few_fields_to_a_place_that_is_taken(browser, site):
    nadine = visitor(browser, site)
    sign_in(nadine, FIRM)
    nadine.goto("/posts/new?kind=apprenticeship")
    expect(nadine.get_by_label("Beginn", exact=False).first).to_have_value(f"{YEAR}-08-01")
    nadine.get_by_label("Beruf", exact=False).first.fill("Feinwerkmechaniker")
    nadine.get_by_label("Gewünschter Schulabschluss", exact=False).select_option("intermediate")
    nadine.get_by_label("Vergütung im 1. Jahr (€)").fill("650")
    nadine.get_by_label("Beschreibung", exact=False).first.fill("Wir sind ein junges Team.")
    nadine.get_by_label("Ort", exact=False).last.fill("45527")
    nadine.locator("summary", has_text="Schlagwörter").click()
    nadine.get_by_label("Wo", exact=False).first.select_option(label="Ausbildung")
    nadine.get_by_label("Veröffentlichen als", exact=False).select_option(
        label="Hügelland Feinwerktechnik GmbH"
    )
    nadine.get_by_role("button", name="Veröffentlichen").click()
    said = nadine.get_by_role("main")
    expect(said).to_contain_text("Mindestausbildungsvergütung (2026: 724 €)")
    expect(said).to_contain_text("„junges Team“")
    for year, pay in enumerate((1060, 1120, 1190, 1250), start=1):
        nadine.get_by_label(f"Vergütung im {year}. Jahr (€)").fill(str(pay))
    nadine.get_by_label("Beschreibung", exact=False).first.fill("Wir sind zu fünft.")
    nadine.get_by_role("button", name="Veröffentlichen").click()
    title = "Ausbildung Feinwerkmechaniker/-in (m/w/d)"
    expect(nadine.get_by_role("heading", level=1)).to_have_text(title)
    post = nadine.url.split("?")[0]

    reader = visitor(browser, site)
    reader.goto(post)
    structured = reader.locator('script[type="application/ld+json"]').all_inner_texts()
    posting = json.loads(next(text for text in structured if "JobPosting" in text))
    assert (posting["@type"], posting["title"]) == ("JobPosting", title)
    assert posting["validThrough"] == f"{YEAR}-07-31"
    assert reader.evaluate("document.documentElement.scrollWidth") <= 360
    reader.goto(f"/groups/{site.paths.group}")
    expect(reader.get_by_role("main")).to_contain_text(title)
    reader.goto("/posts?kind=apprenticeship")
    reader.get_by_text("Auswahl eingrenzen").first.click()
    reader.get_by_label("Beruf", exact=False).first.fill("Feinwerkmechaniker")
    reader.get_by_label("Ort", exact=False).first.fill("44623")
    reader.get_by_label("Umkreis in km").fill("25")
    reader.get_by_role("button", name="Anzeigen").click()
    expect(reader.get_by_role("link", name=title, exact=True)).to_be_visible()
    assert reader.evaluate("document.documentElement.scrollWidth") <= 360
    reader.goto(reader.url.replace("radius_km=25", "radius_km=10"))
    expect(reader.get_by_role("link", name=title, exact=True)).to_have_count(0)

    nadine.goto(f"{post}/edit")
    nadine.get_by_label("Davon noch frei").fill("0")
    nadine.get_by_role("button", name=re.compile("peichern")).click()
    expect(nadine.get_by_role("main")).to_contain_text("besetzt")
    gone = reader.goto(post)
    assert gone.status == 410
    structured = reader.locator('script[type="application/ld+json"]').all_inner_texts()
    assert not any("JobPosting" in text for text in structured)
