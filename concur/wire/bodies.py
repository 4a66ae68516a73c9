"""Content codings undone piece by piece, so that a small body cannot become a large one unseen. Tier 0."""

import zlib

from concur.wire.faults import BAD_ENCODING, BODY_TOO_LARGE, WireError

ACCEPTED = "gzip"  # what is asked for; deflate is understood where it comes unasked
_GZIP, _ZLIB, _RAW = 31, 15, -15  # wbits, which tell zlib what to expect
_WBITS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": _ZLIB}


class Body:
    """A body as it comes in, decoded and bounded. Raises WireError for one too large, or not encoded as said."""

    def __init__(self, coding: str, most_bytes: int) -> None:
        self.coding, self.most_bytes = coding.strip().lower(), most_bytes
        self._pieces: list[bytes] = []
        self._size_bytes = 0
        self._decoder = self._new_decoder()
        self._has_begun = False

    def add(self, data: bytes) -> None:
        """Take in the next piece as it was sent."""
        if self._decoder is None:
            self._keep(data)
            return
        try:
            self._decode(data)
        except zlib.error as error:
            raise WireError(BAD_ENCODING, why=str(error)) from None

    def whole(self) -> bytes:
        """All of it, once no more comes."""
        if self._decoder and self._has_begun and not self._decoder.eof:
            raise WireError(BAD_ENCODING, why=f"its {self.coding} ends too early")
        return b"".join(self._pieces)

    def _new_decoder(self) -> "zlib._Decompress | None":
        if self.coding in ("", "identity"):
            return None
        if self.coding not in _WBITS:
            raise WireError(BAD_ENCODING, why=f"{self.coding[:40]!r} was not asked for")
        return zlib.decompressobj(_WBITS[self.coding])

    def _decode(self, data: bytes) -> None:
        if not self._has_begun and self.coding == "deflate" and data[:1] and data[0] & 0x0F != 8:
            self._decoder = zlib.decompressobj(_RAW)  # as some servers understand «deflate»
        self._has_begun |= bool(data)
        while data:
            assert self._decoder
            if self._decoder.eof:
                if self.coding == "deflate":
                    return
                self._decoder = self._new_decoder()  # gzip has members, one after the other (RFC 1952, 2.2)
                assert self._decoder
            # One byte more than there is room for shows that it is too large, and nothing is left unconsumed otherwise.
            self._keep(self._decoder.decompress(data, self.most_bytes - self._size_bytes + 1))
            data = self._decoder.unused_data

    def _keep(self, piece: bytes) -> None:
        self._size_bytes += len(piece)
        if self._size_bytes > self.most_bytes:
            raise WireError(BODY_TOO_LARGE, why=f"over {self.most_bytes:,} bytes")
        if piece:
            self._pieces.append(piece)
