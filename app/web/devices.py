"""What a browser calls itself, in words that its owner recognises."""

import re

from app.core.i18n import N_, translate

# In this order: nearly every browser also claims to be one of those further down.
_BROWSERS = (
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Microsoft Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Safari/"),
)
_SYSTEMS = (
    ("Android", r"Android"),
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X|Macintosh"),
    ("Linux", r"Linux|X11"),
)


def device_name(user_agent: str) -> str:
    """Return a name such as "Firefox auf Windows"; programs keep the name they give."""
    browser = next((name for name, mark in _BROWSERS if re.search(mark, user_agent)), None)
    system = next((name for name, mark in _SYSTEMS if re.search(mark, user_agent)), None)
    if browser and system:
        return translate(N_("%(browser)s auf %(system)s"), browser=browser, system=system)
    return user_agent[:60] or translate(N_("Unbekanntes Gerät"))
