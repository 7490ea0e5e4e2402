"""Draw a stranger's picture anew, in a process of its own with limits on memory and time.

Run by ``members.common.uploads``. Standard input is the picture. Standard output is one line of JSON with the
size or the trouble, then the preview and the picture to keep. Imports nothing of ours, so that it starts at
once.
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
    """Limit the bytes of address space and the seconds of processor time, where the system can."""
    limits = {resource.RLIMIT_AS: memory, resource.RLIMIT_CPU: seconds, resource.RLIMIT_CORE: 0}
    for what, most in limits.items():
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


class TooManyPixels(Exception):
    """The picture has more pixels than allowed."""


def redraw(source: bytes, *, form: str, pixels: int, longest: int) -> "Image.Image":
    """Return the picture drawn from its pixels alone: upright, without other data. Raises TooManyPixels."""
    from PIL import Image, ImageOps

    with Image.open(BytesIO(source), formats=[form]) as opened:
        # The size stands in the head of the file: nothing is unpacked yet.
        if opened.width * opened.height > pixels:
            raise TooManyPixels
        opened.draft(None, (longest, longest))  # JPEG: unpacks no more than is kept
        mode = "RGBA" if opened.has_transparency_data and form != "JPEG" else "RGB"
        # Shrunk first, because each step holds a copy. A picture with a palette is converted before.
        image = opened.convert(mode) if opened.mode in {"P", "PA", "1"} or ";" in opened.mode else opened
        image.thumbnail((longest, longest))
        image = ImageOps.exif_transpose(image)
        if image.mode != mode:
            image = image.convert(mode)
    image.info = {}
    return image


def small(image: "Image.Image", side: int) -> "Image.Image":
    """Return the picture as a preview with this longest side (pixels), on white."""
    from PIL import Image

    image = image.copy()
    image.thumbnail((side, side))
    if image.mode == "RGBA":
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        image = white
    return image


def written(image: "Image.Image", form: str, **options: int) -> bytes:
    """Return the picture as bytes of this format."""
    content = BytesIO()
    image.save(content, form, **options)
    return content.getvalue()


def answer(source: bytes, *, form: str, quality: int, preview_side: int, **limits: int) -> list[bytes]:
    """Return what goes to standard output: the line of JSON, then preview and picture where it worked."""
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
        # Pillow's decoders raise many kinds of errors, from SyntaxError to struct.error.
        return [line(trouble="broken")]
    return [line(width=image.width, height=image.height, preview=len(preview)), preview, content]


def line(**values: Any) -> bytes:
    """Return the values as a line of JSON."""
    return json.dumps(values).encode() + b"\n"


if __name__ == "__main__":
    order = json.loads(sys.argv[1])
    limit(order.pop("memory"), order.pop("seconds"))
    sys.stdout.buffer.writelines(answer(sys.stdin.buffer.read(), **order))
