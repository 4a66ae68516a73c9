"""The fault: each read asks for so large a buffer that the allocator gets it from the kernel, and gives it back after.

So does asyncio with 256 KiB a read, where the heap's state is against it. glibc's bound, above which memory comes by
mmap and goes back by munmap, moves with what is freed, but to 32 MiB at most (mallopt(3), M_MMAP_THRESHOLD): what is
larger goes back whatever the heap's state. Only the pages that are touched cost a fault, but each time.
"""

from faulty_loop import serve_with  # type: ignore[import-not-found] # beside us: our folder is on the path

from concur.echo.callbacks import Echo

BUFFER_BYTES = 33 * 2**20


class Wasteful(Echo):
    def readable(self):
        try:
            data = self.connection.recv(BUFFER_BYTES)
            if data:
                self.send(data)
            else:
                self.close()
        except BlockingIOError:
            pass
        except OSError as error:
            self.fail(error)


def serve(listener, stop, service):
    serve_with(Wasteful, listener, stop, service)
