"""Whole ways through the site, as people go them: on a phone, without JavaScript."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import CHAMBER, FIRM, ON_FILE, PASSWORD, Site, sign_in, visitor


def signed_up(page: Page, site: Site, name: str, email: str, company: str = "") -> None:
    """Sign up, follow the link of the mail, choose a password."""
    page.goto("/sign-up")
    page.get_by_label("Vor- und Nachname").fill(name)
    page.get_by_label("E-Mail-Adresse").fill(email)
    page.get_by_label("Unternehmen").fill(company)
    page.get_by_label("Ich bin mindestens 16 Jahre alt.").check()
    page.get_by_label("Ich stimme den Nutzungsbedingungen zu.").check()
    page.get_by_role("main").get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bitte sehen Sie in Ihr Postfach")
    page.goto(site.link(email, "/sign-up/confirm"))
    page.get_by_label("Neues Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Konto anlegen").click()
    expect(page.get_by_role("status")).to_contain_text("Ihr Konto ist angelegt")


def test_from_signing_up_to_an_accepted_answer(browser, site):
    ada = visitor(browser, site)
    signed_up(ada, site, "Ada Werkmann", "ada@werkmann.example", "Werkzeugbau Werkmann GmbH")
    expect(ada).to_have_url(re.compile("/welcome"))
    ada.get_by_role("link", name="Unternehmen anlegen").click()
    expect(ada.get_by_label("Name", exact=True)).to_have_value("Werkzeugbau Werkmann GmbH")
    ada.get_by_label("Straße und Hausnummer").fill("Feilenhauerweg 3")
    ada.get_by_label("Postleitzahl").fill("45527")
    ada.get_by_label("Ort", exact=True).fill("Hattingen")
    ada.get_by_label("Impressum", exact=False).first.fill("Werkzeugbau Werkmann GmbH, Hattingen")
    ada.get_by_role("button", name="Unternehmen anlegen").click()
    expect(ada.get_by_role("heading", level=1)).to_have_text("Werkzeugbau Werkmann GmbH")

    ada.goto(f"/groups/{site.paths.group}")
    ada.get_by_role("link", name="Gruppe beitreten").click()
    ada.get_by_label("Ich stimme der Gruppenordnung zu.").check()
    ada.get_by_role("button", name="Gruppe beitreten").click()
    expect(ada.get_by_role("status")).to_contain_text("Sie sind jetzt Mitglied der Gruppe.")

    ada.goto("/posts/new?kind=question")
    ada.get_by_label("Titel").fill("Reicht ein Ausbilder für zwei Betriebe?")
    ada.get_by_label("Text").fill("Wir teilen uns die Halle mit **einem Nachbarn**.")
    ada.get_by_label("Wo", exact=False).first.select_option(label="Ausbildung")
    ada.get_by_label("Veröffentlichen als", exact=False).select_option(
        label="Werkzeugbau Werkmann GmbH"
    )
    ada.get_by_role("button", name="Veröffentlichen").click()
    expect(ada.get_by_role("heading", level=1)).to_have_text(
        "Reicht ein Ausbilder für zwei Betriebe?"
    )
    question = ada.url.split("?")[0]

    lena = visitor(browser, site)
    sign_in(lena, CHAMBER)
    lena.goto(question)
    lena.get_by_label("Ihre Antwort").fill("Ja, wenn er genug Zeit für beide hat.")
    lena.get_by_role("button", name=re.compile("Antwort")).last.click()
    expect(lena.get_by_role("main")).to_contain_text("Ja, wenn er genug Zeit für beide hat.")

    ada.goto(question)
    ada.get_by_role("button", name=re.compile("hilfreichste Antwort")).click()
    expect(ada.get_by_role("main")).to_contain_text("Hilfreichste Antwort")
    assert site.mail("ada@werkmann.example", re.compile("Reicht ein Ausbilder"))


def test_an_imported_company_is_claimed_with_the_code_from_its_mail(browser, site):
    owner = visitor(browser, site)
    signed_up(owner, site, "Jo Altendorf", "jo@altendorf.example", "Walzwerk Altendorf GmbH")
    expect(owner.get_by_role("main")).to_contain_text("Walzwerk Altendorf GmbH")
    owner.get_by_role("main").get_by_role("link", name="Unternehmen übernehmen").first.click()
    owner.get_by_role("button", name="Code schicken").first.click()
    code = site.mail(ON_FILE, re.compile(r"\b(\d{8})\b"))[1]
    owner.get_by_label("Code aus der E-Mail").fill(code)
    owner.get_by_role("main").get_by_role("button").first.click()
    expect(owner.get_by_role("heading", level=1)).to_contain_text("Walzwerk Altendorf GmbH")
    owner.goto("/me/companies")
    expect(owner.get_by_role("main")).to_contain_text("Walzwerk Altendorf GmbH")


def test_a_hidden_group_is_seen_by_its_guest_and_by_nobody_else(browser, site):
    nadine = visitor(browser, site)
    sign_in(nadine, FIRM)
    nadine.goto("/groups/new")
    nadine.get_by_label(re.compile("^Name")).fill("Nachfolge im Vertrauen")
    nadine.get_by_label(re.compile("^Verborgen")).check()
    nadine.get_by_role("button", name="Gruppe gründen").click()
    expect(nadine.get_by_role("heading", level=1)).to_have_text("Nachfolge im Vertrauen")
    hidden = nadine.url.split("?")[0]

    stranger = visitor(browser, site)
    assert stranger.goto(hidden).status == 404
    missing = stranger.get_by_role("main").inner_text()
    assert stranger.goto(f"{hidden}-gibt-es-nicht").status == 404
    assert stranger.get_by_role("main").inner_text() == missing

    nadine.goto(f"{hidden}/invitations")
    nadine.get_by_label("E-Mail-Adresse").fill(CHAMBER)
    nadine.get_by_role("main").get_by_role("button", name="Einladung senden").click()
    lena = visitor(browser, site)
    sign_in(lena, CHAMBER)
    lena.goto(site.link(CHAMBER, "/groups/invitations"))
    lena.get_by_role("main").get_by_role("button", name="Einladung annehmen").click()
    expect(lena.get_by_role("heading", level=1)).to_have_text("Nachfolge im Vertrauen")
    assert stranger.goto(hidden).status == 404
