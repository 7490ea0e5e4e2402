"""Draws a stranger's picture anew, in a process of its own that may take so much memory and time and no more.

Run by ``members.common.uploads``: the picture on standard input; on standard output one line of JSON with its size or the
trouble, then the preview and the picture as it is kept. Imports nothing of ours, so that it starts at once.
"""

import json
import resource
import sys
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL import Image


def limit(memory: int, seconds: int) -> None:
    """Bytes of address space, seconds of processor time. Where a system knows no such limit, it has none."""
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


class TooManyPixels(Exception):
    pass


def redraw(source: bytes, *, form: str, pixels: int, longest: int) -> "Image.Image":
    """The same picture from its pixels alone: upright, without any other data. Raises TooManyPixels."""
    from PIL import Image, ImageOps

    with Image.open(BytesIO(source), formats=[form]) as opened:
        # Known from the head of the file; nothing is unpacked yet.
        if opened.width * opened.height > pixels:
            raise TooManyPixels
        opened.draft(None, (longest, longest))  # JPEG: unpacks no more than is kept
        mode = "RGBA" if opened.has_transparency_data and form != "JPEG" else "RGB"
        # Made smaller before all else, because each step holds a copy; but not among the colours of a palette.
        image = opened.convert(mode) if opened.mode in {"P", "PA", "1"} or ";" in opened.mode else opened
        image.thumbnail((longest, longest))
        image = ImageOps.exif_transpose(image)
        if image.mode != mode:
            image = image.convert(mode)
    image.info = {}
    return image


def small(image: "Image.Image", side: int) -> "Image.Image":
    from PIL import Image

    image = image.copy()
    image.thumbnail((side, side))
    if image.mode == "RGBA":
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        image = white
    return image


def written(image: "Image.Image", form: str, **options: int) -> bytes:
    content = BytesIO()
    image.save(content, form, **options)
    return content.getvalue()


def answer(source: bytes, *, form: str, quality: int, preview_side: int, **limits: int) -> list[bytes]:
    from PIL import Image

    try:
        image = redraw(source, form=form, **limits)
        content = written(image, form, **({} if form == "PNG" else {"quality": quality}))
        preview = written(small(image, preview_side), "JPEG", quality=80)
    except (TooManyPixels, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return [line(trouble="pixels")]
    except MemoryError:
        return [line(trouble="memory")]
    except Exception:
        # Pillow's decoders raise what their format brings up, from SyntaxError to struct.error.
        return [line(trouble="broken")]
    return [line(width=image.width, height=image.height, preview=len(preview)), preview, content]


def line(**values: Any) -> bytes:
    return json.dumps(values).encode() + b"\n"


if __name__ == "__main__":
    order = json.loads(sys.argv[1])
    limit(order.pop("memory"), order.pop("seconds"))
    sys.stdout.buffer.writelines(answer(sys.stdin.buffer.read(), **order))
