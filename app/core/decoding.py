"""The process that opens files of strangers: run by ``app.core.images``, imported by nobody.

It knows nothing of the application, lowers its own limits before it loads a decoder, reads one
file from standard input and answers with one line of JSON and the bytes of the results.
"""

import io
import json
import math
import re
import resource
import sys
import warnings
from collections.abc import Callable
from typing import Any, Final

MAX_PIXELS: Final = 40_000_000
MAX_MEMORY: Final = 512 * 1024 * 1024  # bytes of address space
MAX_SECONDS: Final = 20  # of processor time
MAX_PAGES: Final = 300
EDGES: Final = (256, 1024, 2048)  # longest side of a rendition, in pixels
QUALITY: Final = 82
STRIP: Final = 128  # rows of the result
MAGIC: Final = re.compile(rb"\x89PNG\r\n|\xff\xd8\xff|RIFF....WEBP", re.DOTALL)
Parts = list[tuple[dict[str, Any], bytes]]


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """The file is not taken; the argument is the code."""


def limit() -> None:
    """Lower what this process may use; nothing can raise it again."""
    for kind, most in (
        (resource.RLIMIT_AS, MAX_MEMORY),
        (resource.RLIMIT_CPU, MAX_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def renditions(content: bytes) -> Parts:
    """Return the picture as WebP in every size that it is large enough for."""
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415 - after the limits

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        picture = Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP"))
    except UnidentifiedImageError:
        is_meant = MAGIC.match(content)
        raise Refused("image_broken" if is_meant else "unsupported_media") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Refused("image_too_large") from None  # noqa: EM101
    picture.draft("RGB", (EDGES[-1], EDGES[-1]))
    smaller = _reduced(picture, Image.new)
    smaller.thumbnail((EDGES[-1], EDGES[-1]), Image.Resampling.LANCZOS)
    smaller.info = {key: value for key, value in picture.info.items() if key == "exif"}
    upright = ImageOps.exif_transpose(smaller)
    parts: Parts = []
    for edge in EDGES:
        sized = Image.new(upright.mode, upright.size)  # pixels only: no comment, no profile
        sized.paste(upright)
        sized.thumbnail((edge, edge), Image.Resampling.LANCZOS)
        written = io.BytesIO()
        sized.save(written, "WEBP", quality=QUALITY, method=4)
        about = {"edge": edge, "width": sized.width, "height": sized.height}
        parts.append((about, written.getvalue()))
        if max(upright.size) <= edge:
            break
    return parts


def _reduced(picture: Any, new: Callable[..., Any]) -> Any:
    """Bring a picture near its largest size, strip by strip: a second copy would be too much."""
    factor = max(1, max(picture.size) // EDGES[-1])
    rows = STRIP * factor
    smaller = None
    for top in range(0, picture.height, rows):
        box = (0, top, picture.width, min(top + rows, picture.height))
        strip = _in_plain_colours(picture.crop(box)).reduce(factor)
        if smaller is None:
            size = (strip.width, math.ceil(picture.height / factor))
            smaller = new(strip.mode, size)
        smaller.paste(strip, (0, top // factor))
    return smaller


def _in_plain_colours(picture: Any) -> Any:
    """Convert whatever colours a file has into RGB, with alpha where something shines through."""
    if picture.mode.startswith("I"):  # 16 bits of grey
        return picture.convert("I").point(lambda grey: grey * (1 / 256)).convert("L").convert("RGB")
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def stripped_pdf(content: bytes) -> Parts:
    """Return the pages of a PDF without metadata, scripts, forms and attachments."""
    from pypdf import PdfReader, PdfWriter  # noqa: PLC0415 - after the limits

    if not content.startswith(b"%PDF-"):
        raise Refused("unsupported_media")  # noqa: EM101
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        raise Refused("pdf_encrypted")  # noqa: EM101
    if not 0 < len(reader.pages) <= MAX_PAGES:
        raise Refused("pdf_broken")  # noqa: EM101
    stripped = PdfWriter()
    for page in reader.pages:
        _strip(stripped.add_page(page))
    between = io.BytesIO()
    stripped.write(between)
    writer = PdfWriter()  # a second time, to leave behind what no page refers to any more
    for page in PdfReader(between).pages:
        writer.add_page(page)
    writer.metadata = None
    written = io.BytesIO()
    writer.write(written)
    return [({"pages": len(writer.pages)}, written.getvalue())]


def _strip(page: Any) -> None:
    """Remove from a page, and all that hangs on it, what tells of its author or acts."""
    seen: set[int] = set()
    waiting = [page]
    while waiting:
        found = waiting.pop().get_object()
        if id(found) in seen:
            continue
        seen.add(id(found))
        if isinstance(found, dict):
            for key in ("/Metadata", "/PieceInfo", "/LastModified", "/AA", "/EF", "/JS"):
                found.pop(key, None)
            if "/Annots" in found:
                annotations = found["/Annots"].get_object()
                annotations[:] = [each for each in annotations if _is_web_link(each)]
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found


def _is_web_link(annotation: Any) -> bool:
    found = annotation.get_object()
    action = found.get("/A", {}).get_object() if "/A" in found else {}
    address = str(action.get("/URI", ""))
    is_link = found.get("/Subtype") == "/Link" and action.get("/S") == "/URI"
    return is_link and address.lower().startswith(("https://", "http://", "mailto:"))


TASKS: Final = {"picture": (renditions, "image_broken"), "pdf": (stripped_pdf, "pdf_broken")}


def answer(task: str, content: bytes) -> bytes:
    """Do one task; the answer names an error or describes the parts that follow it."""
    work, broken = TASKS[task]
    try:
        parts = work(content)
    except Refused as refused:
        return json.dumps({"error": str(refused)}).encode()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - there is no telling how a decoder fails on a broken file
        return json.dumps({"error": broken}).encode()
    described = [about | {"bytes": len(part)} for about, part in parts]
    head = json.dumps({"parts": described}).encode() + b"\n"
    return head + b"".join(part for _, part in parts)


if __name__ == "__main__":
    limit()
    sys.stdout.buffer.write(answer(sys.argv[1], sys.stdin.buffer.read()))
