"""The demo region, made through use-cases only."""

from app.runtime import Runtime


async def fill_demo(runtime: Runtime) -> None:
    """Fill an empty instance with the region's members, groups and conversations.

    Called once, on tables and reference data only; when it is interrupted, its caller empties
    the instance and calls again.
    """
    del runtime  # the use-cases that it needs are being written
