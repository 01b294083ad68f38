"""A certificate from outside, as JSON or printed: read, and held against itself."""

import base64
import json
import subprocess
import sys

from core.errors import CertificateInvalid
from search import certificate_child
from search.certificate import ATTACHMENT, MAX_BYTES, CertificateRecord, read_certificate


def read_certificate_file(data: bytes, name: str) -> CertificateRecord:
    """The record of a certificate; of a printed one the attached, held against every page.

    Raises:
        CertificateInvalid: If it is no certificate, of a later format, or was changed.
    """
    return _read_pdf(data, name) if data.startswith(b"%PDF") else read_certificate(data, name)


def _read_pdf(data: bytes, name: str) -> CertificateRecord:
    if len(data) > MAX_BYTES:
        raise CertificateInvalid(f"{name}: larger than {MAX_BYTES // 2**20} MB; no certificate is")
    files, printed = _read_apart(data, name)
    if len(files) != 1:
        raise CertificateInvalid(
            f"{name}: no certificate: {ATTACHMENT} is attached {len(files)} times, not once"
        )
    record = read_certificate(files[0], name)
    for number, text in enumerate(printed, start=1):
        if record.sha256 not in "".join(text.split()):
            raise CertificateInvalid(
                f"{name}: was changed after it was made: page {number} does not name the record "
                f"that is attached (SHA-256 {record.sha256}); get the original again"
            )
    return record


def _read_apart(data: bytes, name: str) -> tuple[list[bytes], list[str]]:
    """The attached records and the text of every page, from a process of its own."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", certificate_child.__name__, ATTACHMENT],
            input=data,
            capture_output=True,
            timeout=certificate_child.MAX_SECONDS,
            check=True,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        raise CertificateInvalid(f"{name}: broke the PDF reader; no certificate does") from error
    answer = json.loads(done.stdout)
    if "refused" in answer:
        raise CertificateInvalid(f"{name}: {answer['refused']}")
    return [base64.b64decode(file) for file in answer["files"]], answer["printed"]
