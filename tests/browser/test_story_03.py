"""Story 3 on a phone, without JavaScript: a business is handed over, and named when both agree."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import CHAMBER, FIRM, sign_in, visitor


def test_from_a_box_number_to_two_names(browser, site):
    nadine, lena, reader = (visitor(browser, site) for _ in range(3))
    sign_in(nadine, FIRM)
    nadine.goto("/posts/new?kind=succession_offer")
    nadine.get_by_label("Branche", exact=True).select_option("C")
    nadine.get_by_label("Mitarbeitende", exact=False).first.select_option("1-5")
    nadine.get_by_label("Anlass", exact=False).first.select_option("age")
    nadine.get_by_label("Verkauf von Anteilen").check()
    nadine.get_by_label("Zeitpunkt", exact=False).first.select_option("later")
    nadine.get_by_label("Titel", exact=False).first.fill("Feinmechanik in guten Händen")
    nadine.get_by_label("Beschreibung", exact=False).first.fill("Anruf genügt: 02324 123456")
    nadine.get_by_label("Ort", exact=False).last.fill("45527")
    nadine.get_by_role("button", name="Veröffentlichen").click()
    expect(nadine.get_by_role("main")).to_contain_text("Im Text steht eine Telefonnummer")
    nadine.get_by_label("Beschreibung", exact=False).first.fill("Ein gesunder Betrieb.")
    nadine.get_by_role("button", name="Veröffentlichen").click()
    title = "Feinmechanik in guten Händen"
    expect(nadine.get_by_role("heading", level=1)).to_have_text(title)
    post = nadine.url.split("?")[0]

    answer = reader.goto(post)
    assert answer.headers["x-robots-tag"] == "noindex, noarchive"
    expect(reader.get_by_role("main")).to_contain_text(re.compile(r"NAC-\d{4}-\d{5}"))
    for secret in ("Rauhut", "Hügelland"):
        assert secret not in reader.content()
    assert reader.evaluate("document.documentElement.scrollWidth") <= 360

    sign_in(lena, CHAMBER)
    lena.goto(post)
    lena.get_by_role("link", name="Interesse bekunden").click()
    lena.get_by_label("Nachricht", exact=False).first.fill("Ich möchte mehr erfahren.")
    lena.get_by_label("Kurzprofil", exact=False).fill("Ingenieurin mit Führungserfahrung.")
    lena.get_by_label("Ich behandle alles", exact=False).check()
    lena.get_by_role("main").get_by_role("button").last.click()
    expect(lena.get_by_role("main")).to_contain_text("Chiffre NAC-")
    thread = lena.url.split("?")[0]
    lena.get_by_role("link", name="Kontaktdaten freigeben").click()
    lena.get_by_role("button", name="Kontaktdaten freigeben").click()
    expect(lena.get_by_role("main")).to_contain_text("freigegeben, durch Sie")

    nadine.goto(thread)
    expect(nadine.get_by_role("main")).to_contain_text("Interessent 1")
    assert "Oberste" not in nadine.content()
    nadine.get_by_role("link", name="Kontaktdaten freigeben").click()
    nadine.get_by_role("button", name="Kontaktdaten freigeben").click()
    nadine.get_by_role("button", name="Kontaktdaten ansehen").click()
    expect(nadine.get_by_role("main")).to_contain_text("Lena Oberste")
    assert nadine.evaluate("document.documentElement.scrollWidth") <= 360

    lena.goto(thread.replace("/inquiries/", "/releases/"))
    expect(lena.get_by_role("main")).to_contain_text("Nadine Rauhut")
    reader.goto(post)
    assert "Rauhut" not in reader.content()
