"""Legal pages: their texts stand in templates, the operator's data come from the settings."""

from starlette.responses import Response

from app.core.settings import settings
from app.web.page import CurrentPage, Page, PageRouter

router = PageRouter()


async def _show(page: Page, name: str) -> Response:
    return await page.render(f"legal/{name}.html", operator=settings().operator)


@router.get("/imprint")
async def imprint(page: CurrentPage) -> Response:
    """Say who answers for this instance (§ 5 DDG, § 18 Abs. 2 MStV)."""
    return await _show(page, "imprint")


@router.get("/privacy")
async def privacy(page: CurrentPage) -> Response:
    """Say what is kept of people, why, and for how long (Art. 13 GDPR)."""
    return await _show(page, "privacy")


@router.get("/terms")
async def terms(page: CurrentPage) -> Response:
    """Say what is agreed with those who take part (Art. 14 DSA)."""
    return await _show(page, "terms")


@router.get("/accessibility")
async def accessibility(page: CurrentPage) -> Response:
    """Say how accessible the pages are, and to whom barriers are reported."""
    return await _show(page, "accessibility")
