"""Short-lived tokens for clips and stills: an address opens for the log-in it was made for, and for no other."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.roles import RefusedError

KEY_BYTES = 32
"""As many as the hash gives (RFC 2104, 3)."""
_MAC_BYTES = 32
_REFUSED = "链接无效或已过期，请刷新页面"


@dataclass(frozen=True, slots=True)
class MediaPart:
    """What a token opens."""

    flag_id: str
    part: str
    """Name within the flag's evidence, such as `clip.mp4`. Whoever signed it has seen to it that it stays in there."""
    until: datetime
    """To the second."""


class MediaTokens:
    """Makes tokens and opens them. A token names flag, part and time; the session it is bound to it does not name."""

    def __init__(self, key: bytes) -> None:
        """`key`: `KEY_BYTES` random bytes (`secret_keys.secret_key`). Raises ValueError for others."""
        # HMAC fills a short key with zeros: keys of several lengths could be one and the same.
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key of {len(key)} bytes, {KEY_BYTES} are needed")
        self._key = key

    def sign(self, *, session: str, flag_id: str, part: str, until: datetime) -> str:
        """A token of letters, digits, `-` and `_`, good for the session (`Accounts.session_of`) before `until`.

        Fractions of a second are cut off `until`.
        """
        fields = [flag_id, part, math.floor(until.timestamp())]
        payload = json.dumps(fields, ensure_ascii=True, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._mac(session, payload) + payload).rstrip(b"=").decode()

    def open(self, token: str, *, session: str, at: datetime) -> MediaPart:
        """What the token is for. Raises RefusedError for one that is altered, expired, or of another session."""
        try:
            whole = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            # The last character may hold bits that nobody reads: only the spelling that was given out is good.
            same = base64.urlsafe_b64encode(whole).rstrip(b"=").decode() == token
        except (ValueError, binascii.Error):
            raise RefusedError(_REFUSED) from None
        mac, payload = whole[:_MAC_BYTES], whole[_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._mac(session, payload)) or not same:
            raise RefusedError(_REFUSED)
        flag_id, part, until_s = json.loads(payload)
        until = datetime.fromtimestamp(until_s, UTC)
        if at >= until:
            raise RefusedError(_REFUSED)
        return MediaPart(flag_id, part, until)

    def _mac(self, session: str, payload: bytes) -> bytes:
        # The session is hashed first: of one length, it cannot run into what follows.
        bound = hashlib.sha256(session.encode("utf-8", "surrogatepass")).digest()
        return hmac.digest(self._key, b"livestream-monitor media\0" + bound + payload, "sha256")
