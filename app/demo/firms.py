"""Companies of the demo region as the founding form takes them, and who owns the made ones."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from app.core.text import plain_text
from app.demo.companies import DemoCompany
from app.demo.content import Company
from app.features.companies.profile import CompanyDraft


@cache
def _names() -> dict[str, list[str]]:
    return tomllib.loads((files("app.demo") / "content" / "owners.toml").read_text("utf-8"))


def owner_name(number: int) -> str:
    """Return the name of the owner of the made firm ``number``; no two have the same."""
    first, last = _names()["first"], _names()["last"]
    return f"{first[number % len(first)]} {last[number * 5 % len(last)]}"


def draft_of(company: Company | DemoCompany, **more: Any) -> CompanyDraft:
    """Return what a company of the content enters into the founding form."""
    return CompanyDraft.model_validate(
        {
            "name": company.name,
            "summary": plain_text(company.description, 200),
            "main_site": {
                "street": company.street,
                "postcode": company.postcode,
                "town": company.town,
            },
            "sectors": [f"2008:{division}" for division in company.divisions],
            "size_band": company.size_band,
            "legal_form": company.legal_form,
            "description": company.description,
            "offers": list(company.offers),
            "needs": list(company.needs),
            "trains_apprentices": company.trains_apprentices,
            "founded_year": company.founded,
            "website": company.website,
            "phone": company.phone,
            "email": company.email,
            "imprint": company.imprint,
            **more,
        }
    )
