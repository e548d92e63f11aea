import pytest

from app.features.companies.domains import is_at_domain, website_domain


@pytest.mark.parametrize("address", ["x@example.com", "x@EXAMPLE.com", " x@Example.Com "])
def test_the_same_domain_fits_in_any_case_t16(address):
    assert is_at_domain(address, "example.com")


@pytest.mark.parametrize(
    "address",
    [
        "x@attacker-example.com",
        "x@example.com.evil",
        "x@sub.example.com",
        "x@examp1e.com",
        "x@ex\u0430mple.com",  # Cyrillic a
        "x@example.co",
        "x@example.com@evil.com",
        "x@example.com.",
        "example.com",
        "@example.com",
        "",
    ],
)
def test_nothing_but_the_same_domain_fits_t16(address):
    assert not is_at_domain(address, "example.com")


def test_letters_that_only_fold_to_the_same_do_not_fit_t16():
    assert not is_at_domain("x@\u212aelvin.com", "kelvin.com")  # the Kelvin sign
    assert not is_at_domain("x@kelvin.com", "\u212aelvin.com")


def test_umlauts_are_compared_in_their_ascii_form_t16():
    assert is_at_domain("x@müller.de", "xn--mller-kva.de")
    assert is_at_domain("x@xn--mller-kva.de", "müller.de")
    assert not is_at_domain("x@mueller.de", "müller.de")


def test_addresses_that_anybody_gets_prove_nothing():
    assert not is_at_domain("x@gmx.de", "gmx.de")


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("https://www.example.com/impressum", "example.com"),
        ("https://example.com", "example.com"),
        ("https://wwwexample.com/", "wwwexample.com"),
        ("https://xn--mller-kva.de/", "xn--mller-kva.de"),
        ("https:///", None),
    ],
)
def test_a_website_has_a_domain(website, domain):
    assert website_domain(website) == domain
