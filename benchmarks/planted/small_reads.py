"""The fault: it reads 64 bytes at a time, so a message of 1 KiB takes sixteen calls, and the loop as many turns."""

from faulty_loop import serve_with  # type: ignore[import-not-found] # beside us: our folder is on the path

from concur.echo.callbacks import Echo

PIECE_BYTES = 64


class Nibbling(Echo):
    def readable(self):
        try:
            piece = self.connection.recv(PIECE_BYTES)
            if piece:
                self.send(piece)
            else:
                self.close()
        except BlockingIOError:
            pass
        except OSError as error:
            self.fail(error)


def serve(listener, stop, service):
    serve_with(Nibbling, listener, stop, service)
