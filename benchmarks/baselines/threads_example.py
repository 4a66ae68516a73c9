"""socketserver's own example, of its threads: https://docs.python.org/3/library/socketserver.html#asynchronous-mixins

Changed to keep the connection open after the first message, to send the bytes
back as they are, to read as much as the models do, and to use the socket it is
given until it is told to stop. Its threads do not outlive the process.
"""

import socket
import socketserver
import threading

from concur.echo.contract import READ_BYTES, Service, Stop


class ThreadedTCPRequestHandler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        try:
            while data := self.request.recv(READ_BYTES):
                self.request.sendall(data)
        except ConnectionError:
            pass  # socketserver would print it


class ThreadedTCPServer(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    address = listener.getsockname()
    server = ThreadedTCPServer(address, ThreadedTCPRequestHandler, bind_and_activate=False)
    server.socket.close()
    server.socket = listener
    acceptor = threading.Thread(target=server.serve_forever)
    acceptor.start()
    while not stop.wait(60):
        pass
    server.shutdown()
    acceptor.join()
