"""What comes out of a child: what it printed, and what it reports. Tier 1; bytes in, no reading.

Standard library alone: the warden stands on it.
"""

import json
from typing import Any

KEPT_BYTES = 16 << 10  # of the output, at either end
LINE_BYTES = 4 << 20  # no report is longer


class Output:
    """What the child printed: counted, its two ends kept."""

    def __init__(self) -> None:
        self.bytes, self._head, self._tail = 0, b"", b""

    def take(self, data: bytes) -> None:
        """More of it."""
        self.bytes += len(data)
        room = KEPT_BYTES - len(self._head)
        self._head += data[:room]
        self._tail = (self._tail + data[room:])[-KEPT_BYTES:] if room < len(data) else self._tail

    def text(self) -> str:
        """Its beginning and its end; between them how much is left out."""
        left_out = self.bytes - len(self._head) - len(self._tail)
        between = f"\n… {left_out:,} bytes left out …\n".encode() if left_out else b""
        return (self._head + between + self._tail).decode(errors="replace")


class Reports:
    """What came on the control descriptor: only lines with the nonce count."""

    def __init__(self, nonce: str) -> None:
        self.told: dict[str, Any] | None = None
        self.phase, self.threads, self.offences = "", list[str](), list[str]()
        self.is_forged = False
        self._nonce, self._unread = nonce, b""

    def take(self, data: bytes) -> None:
        """More of it, split anyhow."""
        *lines, self._unread = (self._unread + data).split(b"\n")
        for line in lines:
            self._read(line)
        if len(self._unread) > LINE_BYTES:
            self.is_forged, self._unread = True, b""

    def _read(self, line: bytes) -> None:
        try:
            words = json.loads(line)
            is_ours = words.pop("nonce", None) == self._nonce
        except (ValueError, AttributeError, TypeError, RecursionError):
            is_ours = False
        if not is_ours:
            self.is_forged = True
        elif "phase" in words:
            self.phase, self.threads = words["phase"], words.get("threads", [])
        elif "offence" in words:
            self.offences.append(words["offence"])
        elif self.told is None:
            self.told = words
