"""Files that are of no use to whoever has the disk and not the key: AES-256-GCM."""

import hashlib
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import PictureUnreadable

_MARK = b"limn-sealed-1\0"
_NONCE_BYTES = 12


class Seal:
    """Seals and opens files with one secret.

    Args:
        secret: Long and random; its SHA-256 is the key.
    """

    def __init__(self, secret: str) -> None:
        self._cipher = AESGCM(hashlib.sha256(secret.encode()).digest())

    def close(self, data: bytes, name: str) -> bytes:
        """Data under seal; it opens under this name alone."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _MARK + nonce + self._cipher.encrypt(nonce, data, name.encode())

    def open(self, data: bytes, name: str) -> bytes:
        """What was sealed; data from before there were seals as they are.

        Raises:
            PictureUnreadable: If it was sealed with another secret or under another name, or
                changed.
        """
        if not data.startswith(_MARK):
            return data
        nonce, sealed = data[len(_MARK) :][:_NONCE_BYTES], data[len(_MARK) + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, sealed, name.encode())
        except (InvalidTag, ValueError) as error:
            raise PictureUnreadable(
                name, "was sealed with another key, or changed; see LIMN_CASEBOOK__DRAWINGS_KEY"
            ) from error
