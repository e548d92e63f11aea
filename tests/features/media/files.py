"""Real files for tests: pictures and PDFs, some of them with what must not survive."""

import io

from PIL import Image
from pypdf import PdfWriter


def a_picture(
    width: int = 600, height: int = 300, kind: str = "JPEG", colour: str = "navy", **options
) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(written, kind, **options)
    return written.getvalue()


def a_telling_picture() -> bytes:
    """A JPEG that says where and by whom it was taken."""
    exif = Image.Exif()
    exif[0x010E] = "Geheim"
    exif.get_ifd(0x8825)[1] = "N"
    return a_picture(exif=exif, xmp=b"<x:xmpmeta>Geheim</x:xmpmeta>", comment=b"Geheim <script>")


def a_pdf(pages: int = 1) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(100, 100)
    writer.add_metadata({"/Author": "Geheim"})
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()
