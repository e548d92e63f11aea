"""Pictures and PDFs of strangers: what is left of them, and what becomes of attacks."""

import hashlib
import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin
from pypdf import PdfReader, PdfWriter

from app.core import decoding, images
from app.core.images import BadFile, read_pdf, read_picture

pytestmark = pytest.mark.anyio
DECODER = Path(decoding.__file__).read_text()
PDF_SECRET = b"Lena Geheim"


def encoded(picture: Image.Image, kind: str, **options) -> bytes:
    written = io.BytesIO()
    picture.save(written, kind, **options)
    return written.getvalue()


def png_of(width: int, height: int, *, alpha: bool = False) -> bytes:
    """Return a PNG of black pixels, as small as it gets."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    squeeze = zlib.compressobj(9)
    row = bytes(1 + width * (4 if alpha else 3))
    data = b"".join(squeeze.compress(row) for _ in range(height)) + squeeze.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 6 if alpha else 2, 0, 0, 0)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def pdf(*, encrypted: bool = False) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_metadata({"/Author": PDF_SECRET.decode()})
    writer.add_attachment("geheim.txt", PDF_SECRET)
    writer.add_uri(0, "https://firma.example", (0, 0, 1, 1))
    writer.add_uri(0, "javascript:alert(1)", (0, 0, 1, 1))
    if encrypted:
        writer.encrypt("x")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


async def refusal(reading) -> str:
    with pytest.raises(BadFile) as caught:
        await reading
    (error,) = caught.value.errors
    assert error.path == ("file",)
    assert error.code == caught.value.reason
    return error.code


async def test_a_picture_comes_in_three_sizes_under_their_digests():
    small, medium, large = await read_picture(encoded(Image.new("RGB", (3000, 1500)), "JPEG"))
    assert [(each.edge, each.width, each.height) for each in (small, medium, large)] == [
        (256, 256, 128),
        (1024, 1024, 512),
        (2048, 2048, 1024),
    ]
    shown = Image.open(io.BytesIO(medium.content))
    assert (shown.format, shown.size) == ("WEBP", (1024, 512))
    assert medium.digest == hashlib.sha256(medium.content).hexdigest()


@pytest.mark.parametrize(
    ("size", "sizes"), [((100, 40), [100]), ((1, 1), [1]), ((600, 300), [256, 600])]
)
async def test_no_picture_becomes_larger_than_it_was(size, sizes):
    renditions = await read_picture(encoded(Image.new("RGB", size), "PNG"))
    assert [each.width for each in renditions] == sizes


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGB", "RGBA"])
async def test_every_kind_of_png_is_read(mode):
    (small,) = await read_picture(encoded(Image.new(mode, (64, 32)), "PNG"))
    assert (small.width, small.height) == (64, 32)


async def test_a_picture_for_print_is_read():
    (small,) = await read_picture(encoded(Image.new("CMYK", (64, 32)), "JPEG"))
    assert Image.open(io.BytesIO(small.content)).mode == "RGB"


async def test_transparency_is_kept():
    (small,) = await read_picture(encoded(Image.new("RGBA", (64, 32), (255, 0, 0, 0)), "PNG"))
    assert Image.open(io.BytesIO(small.content)).getpixel((1, 1))[3] == 0


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_nothing_tells_of_the_author_and_the_picture_stands_upright(kind):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees
    exif[0x010E] = "Geheim"
    exif.get_ifd(0x8825)[1] = "N"
    options = {"exif": exif, "xmp": b"<x:xmpmeta>Geheim</x:xmpmeta>"}
    if kind == "JPEG":
        options["comment"] = b"Geheim <script>alert(1)</script>"
    if kind == "PNG":
        options = {"exif": exif, "pnginfo": PngImagePlugin.PngInfo()}
        options["pnginfo"].add_text("Comment", "Geheim <script>")
    content = encoded(Image.new("RGB", (200, 100)), kind, **options)
    assert b"Geheim" in content
    (small,) = await read_picture(content + b"Geheim <script>")
    assert (small.width, small.height) == (100, 200)
    assert b"Geheim" not in small.content
    assert b"script" not in small.content
    assert not Image.open(io.BytesIO(small.content)).getexif()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
async def test_of_a_moving_picture_the_first_frame_is_taken(kind):
    frames = [Image.new("RGB", (32, 32), (step, 0, 0)) for step in range(250)]
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    (small,) = await read_picture(content)
    shown = Image.open(io.BytesIO(small.content))
    assert getattr(shown, "n_frames", 1) == 1
    assert shown.convert("RGB").getpixel((16, 16))[0] < 10


async def test_bombs_are_refused_before_they_are_decoded():
    for width, height in [(9_000, 9_000), (20_000, 20_000), (2_000_000_000, 1)]:
        bomb = bytearray(png_of(1, 1))
        bomb[16:24] = struct.pack(">II", width, height)
        bomb[29:33] = struct.pack(">I", zlib.crc32(bomb[12:29]))
        assert await refusal(read_picture(bytes(bomb))) == "image_too_large"
    assert await refusal(read_picture(png_of(9_000, 9_000))) == "image_too_large"


async def test_the_largest_picture_fits_the_limits():
    renditions = await read_picture(png_of(6_300, 6_300, alpha=True))
    assert [each.width for each in renditions] == [256, 1024, 2048]


async def test_a_bomb_in_a_text_chunk_is_refused():
    info = PngImagePlugin.PngInfo()
    info.add_text("x", "x" * 80_000_000, zip=True)
    content = encoded(Image.new("RGB", (8, 8)), "PNG", pnginfo=info)
    assert await refusal(read_picture(content)) in {"image_broken", "decoder_failed"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        b"8BPS\0\1" + bytes(40),
        b"<html><script>alert(1)</script>",
        b"<!--" + encoded(Image.new("RGB", (8, 8)), "JPEG"),
        b"PK\3\4" + bytes(100),
        encoded(Image.new("P", (8, 8)), "GIF"),
        encoded(Image.new("RGB", (8, 8)), "TIFF"),
        encoded(Image.new("RGB", (8, 8)), "BMP"),
        encoded(Image.new("RGB", (16, 16)), "ICO", sizes=[(16, 16)], bitmap_format="bmp"),
        pdf(),
    ],
)
async def test_only_three_formats_are_pictures(content):
    assert await refusal(read_picture(content)) == "unsupported_media"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_a_broken_picture_is_told_from_a_foreign_one(kind):
    noise = Image.effect_noise((300, 300), 80).convert("RGB")
    content = encoded(noise, kind)
    assert await refusal(read_picture(content[: len(content) // 2])) == "image_broken"
    assert await refusal(read_picture(content[:14])) in {"image_broken", "unsupported_media"}


async def test_a_polyglot_leaves_its_other_half_behind():
    picture = encoded(Image.new("RGB", (8, 8)), "PNG")
    (small,) = await read_picture(picture + pdf())
    assert b"PDF" not in small.content
    assert await refusal(read_pdf(picture + pdf())) == "unsupported_media"


async def test_a_file_of_more_than_ten_megabytes_is_not_even_looked_at():
    assert await refusal(read_picture(bytes(images.MAX_FILE + 1))) == "file_too_large"
    assert await refusal(read_pdf(bytes(images.MAX_FILE + 1))) == "file_too_large"


async def test_a_pdf_is_its_pages_and_nothing_else():
    document = await read_pdf(pdf() + b"%%Geheim")
    assert document.pages == 1
    assert document.digest == hashlib.sha256(document.content).hexdigest()
    for trace in (b"Geheim", b"geheim.txt", b"javascript", b"/Author", b"EmbeddedFile", b"/JS"):
        assert trace not in document.content
    reader = PdfReader(io.BytesIO(document.content))
    (link,) = reader.pages[0]["/Annots"]
    assert link["/A"]["/URI"] == "https://firma.example"


async def test_the_same_pdf_twice_is_one_file():
    assert (await read_pdf(pdf())).digest == (await read_pdf(pdf())).digest


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "unsupported_media"),
        (b"x" + pdf(), "unsupported_media"),
        (b"<html>%PDF-1.7", "unsupported_media"),
        (b"%PDF-1.7", "pdf_broken"),
        (pdf()[:200], "pdf_broken"),
        (pdf(encrypted=True), "pdf_encrypted"),
    ],
)
async def test_a_pdf_that_cannot_be_opened_is_refused(content, code):
    assert await refusal(read_pdf(content)) == code


@pytest.mark.parametrize(
    "misdeed",
    [
        "bytearray(600 * 1024 * 1024)",
        "open('{folder}/written', 'wb').write(b'x' * 10_000)",
        "__import__('ctypes').string_at(0)",
        "exec('while True: pass')",
    ],
)
async def test_a_decoder_gone_wrong_dies_alone(misdeed, tmp_path, monkeypatch):
    decoder = tmp_path / "decoder.py"
    source = DECODER.split('if __name__ == "__main__":')[0].replace(
        "MAX_SECONDS: Final = 20", "MAX_SECONDS: Final = 1"
    )
    decoder.write_text(f"{source}\nlimit()\n{misdeed.format(folder=tmp_path)}\n")
    monkeypatch.setattr(images, "_DECODER", decoder)
    assert await refusal(read_picture(png_of(8, 8))) == "decoder_failed"
    assert [path.stat().st_size for path in tmp_path.glob("written")] in ([], [0])
    monkeypatch.undo()
    assert await read_picture(png_of(8, 8))


async def test_a_decoder_that_sleeps_is_ended(tmp_path, monkeypatch):
    decoder = tmp_path / "decoder.py"
    decoder.write_text(
        f"import os, time\nopen('{tmp_path}/id', 'w').write(str(os.getpid()))\ntime.sleep(600)\n"
    )
    monkeypatch.setattr(images, "_DECODER", decoder)
    monkeypatch.setattr(images, "MAX_WAIT", 3)
    assert await refusal(read_picture(png_of(8, 8))) == "decoder_failed"
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "id").read_text()), 0)


def test_the_decoder_knows_neither_the_application_nor_its_environment(tmp_path):
    code = (
        "import runpy, sys, os; sys.argv = ['x', 'picture'];"
        f"runpy.run_path({decoding.__file__!r}, run_name='decoder');"
        "print([name for name in sys.modules if name.split('.')[0] == 'app'])"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True)
    assert done.stdout == b"[]\n"


async def test_secrets_of_the_environment_do_not_reach_the_decoder(tmp_path, monkeypatch):
    decoder = tmp_path / "decoder.py"
    decoder.write_text(
        "import json, os\n"
        "print(json.dumps({'parts': [{'edge': len(os.environ.get('KONTOR_SECRET', '')),"
        " 'width': 1, 'height': 1, 'bytes': 0}]}))\n"
    )
    monkeypatch.setattr(images, "_DECODER", decoder)
    monkeypatch.setitem(os.environ, "KONTOR_SECRET", "geheim")
    (told,) = await read_picture(png_of(8, 8))
    assert told.edge == 0
