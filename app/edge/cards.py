"""Business cards as answers: the file, and its picture for telephones."""

from starlette.responses import Response

from app.core.vcards import MEDIA_TYPE, Card, QrFormat, draw_qr, write_card


class CardResponse(Response):
    """A vCard."""

    media_type = MEDIA_TYPE


_PICTURES: dict[QrFormat, str] = {"svg": "image/svg+xml", "png": "image/png"}


def card_response(card: Card, file_name: str, form: str) -> Response:
    """Answer with a card as ``vcf`` to take along, or as QR code (``svg``, ``png``) to look at."""
    if form == "vcf":
        headers = {"Content-Disposition": f'attachment; filename="{file_name}.vcf"'}
        return CardResponse(write_card(card), headers=headers)
    picture: QrFormat = "png" if form == "png" else "svg"
    return Response(draw_qr(card, picture), media_type=_PICTURES[picture])
