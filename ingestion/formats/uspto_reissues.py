"""Reissues of US patents: which of them reissue a design. Pure.

A reissue is numbered ``RE050588`` and of kind E1, whatever it reissues; in a weekly archive it lies
among the reissues of all patents. It is classified as the patent it reissues (MPEP 901.04): one of
a design has a Locarno class or a US class of designs. Else the number of what it reissues tells.

Nobody here has seen the whole document of a design's reissue; read were one of another patent
(RE050588, `us-related-documents/reissue`) and the USPTO's own readers of these elements.
"""

import re

NO_DESIGN_REISSUED = "reissues a patent that is no design"

_CLASSES_END = re.compile(rb"<(?:invention-title|B540|(?:us-)?references-cited|B560)[\s>]")
"""Behind it classes are those of cited patents."""
_DESIGN_CLASS = re.compile(
    rb"<classification-locarno[\s>]|<B511>|<B521>\s*<PDAT>\s*D[ \d]\d"
    rb"|<classification-national>\s*(?:<country>[^<]*</country>\s*)?"
    rb"<main-classification>\s*D[ \d]\d"
)
_DESIGN_REISSUED = re.compile(
    rb"<parent-grant-document>\s*<document-id>\s*(?:<country>[^<]*</country>\s*)?"
    rb"<doc-number>\s*D\s?\d"
)


def reissues_design(document: bytes) -> bool:
    """Whether a reissue is one of a design.

    Args:
        document: ICE XML or ST.32, whole or as much of its beginning as is at hand.

    Example:
        >>> reissues_design(b"<classification-locarno><edition>13</edition>")
        True
        >>> reissues_design(b"<classification-national><main-classification>224420<")
        False
    """
    end = _CLASSES_END.search(document)
    if _DESIGN_CLASS.search(document, 0, end.start() if end else len(document)):
        return True
    start = document.find(b"<reissue>")
    related = document[start : document.find(b"</reissue>", start)] if start >= 0 else b""
    return _DESIGN_REISSUED.search(related) is not None
