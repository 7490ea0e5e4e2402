from funding.letters.views.letter import letter, letter_pdf
from funding.letters.views.listing import letters, letters_export, together
from funding.letters.views.of_application import of_application, preview
from funding.letters.views.promise import promise, promise_pdf

__all__ = [
    "letter", "letter_pdf", "letters", "letters_export", "of_application", "preview", "promise", "promise_pdf", "together",
]  # fmt: skip
