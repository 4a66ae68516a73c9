from collections.abc import Callable

from concur.web.addresses import Addresses
from concur.web.conversation import Conversation, Site
from concur.web.graph import Web


class Taking:
    """A transport to a peer that does not read: full after one piece."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.conversation: Conversation | None = None

    def write(self, piece: bytes) -> None:
        self.pieces.append(piece)
        if self.conversation:
            self.conversation.pause_writing()

    def is_closing(self) -> bool:
        return False


def test_no_more_is_written_than_the_peer_takes(at_8000: Callable[[Web], Addresses]) -> None:
    conversation, transport = Conversation(Site(at_8000(Web(pages=20, faults="oversized=100%")))), Taking()
    transport.conversation = conversation
    conversation.connection_made(transport)
    conversation.data_received(
        b"GET /p/1 HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\nGET / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n"
    )
    assert len(transport.pieces) == 1
    for number in range(2, 13):
        conversation.resume_writing()
        assert len(transport.pieces) == number
    transport.conversation = None
    conversation.resume_writing()
    assert b"<h1>Page 0</h1>" in b"".join(transport.pieces[12:])
