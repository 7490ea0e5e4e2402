"""Where the files of a project lie in the package: a folder by project number, and what is in it by its kind."""

from typing import Any

from funding.letters.models import Letter
from funding.payments.models import CallPaper
from funding.proofs.models import ProofPhoto, Voucher
from projects.models import Attachment

#: Calls of overhead expenses belong to no project.
OVERHEAD = "gemeinkosten"


def folder(project: Any) -> str:
    return f"projekte/{project.number or f'ohne-nummer-{project.pk}'}"


def of_letter(letter: Letter) -> str:
    return f"{folder(letter.decision.application.project)}/schreiben/{letter.file_name}"


def of_attachment(paper: Attachment) -> str:
    return f"{folder(paper.project)}/unterlagen/{paper.pk} {paper.name}"


def of_call_paper(paper: CallPaper) -> str:
    call = paper.call
    base = folder(call.application.project) if call.application else OVERHEAD
    return f"{base}/abrufe/Abruf {call.pk}/{paper.pk} {paper.name}"


def of_voucher(voucher: Voucher) -> str:
    return f"{folder(voucher.row.proof.application.project)}/nachweis/belege/{voucher.pk} {voucher.name}"


def of_photo(photo: ProofPhoto) -> str:
    return f"{folder(photo.proof.application.project)}/nachweis/fotos/{photo.pk} {photo.name}"
