"""What a printed certificate holds, read in a process of its own.

Whoever may search may hand one in, and PDFium is C++: here a document may crash, hang or grow
without harming the server. It comes on standard input; the answer is one JSON object on standard
output: why it is refused, or its attachments of the asked name and the text of every page.

Run by `certificate_reading` alone, with that name as the first argument.
"""

import base64
import json
import resource
import sys
from typing import Any

import pypdfium2

MAX_SECONDS = 60
_MEMORY_BYTES = 4 * 2**30


def main() -> None:
    """Answer for the document on standard input, within limits."""
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    json.dump(_answer(sys.stdin.buffer.read(), sys.argv[1]), sys.stdout)


def _answer(data: bytes, attachment: str) -> dict[str, Any]:
    try:
        with pypdfium2.PdfDocument(data) as pdf:
            found = [pdf.get_attachment(n) for n in range(pdf.count_attachments())]
            files = [bytes(file.get_data()) for file in found if file.get_name() == attachment]
            printed = [page.get_textpage().get_text_bounded() for page in pdf]
    except pypdfium2.PdfiumError as error:
        return {"refused": f"cannot be read as a PDF ({error})"}
    return {"files": [base64.b64encode(file).decode() for file in files], "printed": printed}


if __name__ == "__main__":
    main()
