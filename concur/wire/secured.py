"""An HTTP connection within TLS: bytes in, bytes out, no socket. Tier 0.

The standard library's TLS reads from one buffer in memory and writes to another
one, so that a model need not know of it: who sends what is `outgoing` and feeds
what comes carries out the handshake, too.
"""

import ssl

from concur.wire.faults import NO_ANSWER, NOT_SECURE, NOT_TRUSTED, WireError
from concur.wire.http import Connection, Limits, Response

_READ_BYTES = 64 * 1024


class Secured(Connection):
    """A Connection to a host that has to prove its name. Raises WireError where it cannot, NOT_TRUSTED."""

    def __init__(self, host: str, context: ssl.SSLContext, limits: Limits | None = None) -> None:
        super().__init__(limits)
        self._coming, self._going = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._coming, self._going, server_hostname=host)
        self._is_agreed = False

    def outgoing(self) -> bytes:
        """What is to be sent now: of the handshake first, then the request."""
        if self._agree() and (request := super().outgoing()):
            self._tls.write(request)
        return self._going.read()

    def feed(self, data: bytes) -> Response | None:
        """Take in what has come; b"" says that the peer has ended, with TLS's own good-bye or without."""
        if data:
            self._coming.write(data)
        else:
            self._coming.write_eof()
        if not self._agree():
            return None
        response = None
        while response is None and (plain := self._in_the_clear()):
            response = super().feed(plain)
        return super().feed(b"") if response is None and not data else response

    def _agree(self) -> bool:
        """Whether the handshake is done, which goes on as far as it can."""
        try:
            if not self._is_agreed:
                self._tls.do_handshake()
                self._is_agreed = True
        except ssl.SSLWantReadError:
            pass  # more has to come
        except ssl.SSLCertVerificationError as error:
            raise WireError(NOT_TRUSTED, why=error.verify_message) from None
        except ssl.SSLError as error:
            raise WireError(NO_ANSWER if self._coming.eof else NOT_SECURE, why=error.reason or str(error)) from None
        return self._is_agreed

    def _in_the_clear(self) -> bytes:
        """What can be read in the clear; nothing where more has to come, or at the end."""
        try:
            return self._tls.read(_READ_BYTES)
        except (ssl.SSLWantReadError, ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""
        except ssl.SSLError as error:
            raise WireError(NOT_SECURE, why=error.reason or str(error)) from None
