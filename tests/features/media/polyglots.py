"""Files that are neither pictures nor PDFs, whatever they call themselves."""

import io

from PIL import Image


def _as(kind: str) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (32, 32)).save(written, kind)
    return written.getvalue()


REFUSED = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) print\n",
    "html": b"<!doctype html><script>alert(1)</script>",
    "gif": _as("GIF"),
    "tiff": _as("TIFF"),
    "ico": _as("ICO"),
    "bmp": _as("BMP"),
    "psd": b"8BPS\x00\x01" + bytes(60),
    "nothing": b"",
}
