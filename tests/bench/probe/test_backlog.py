"""Who has connected and was not accepted yet."""

import socket
import sys
import threading

import pytest

from concur.bench.probe.backlog import await_accepted, waiting_to_be_accepted

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:0000001A 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:1F90 00000000:0000 0A 00000000:00000002 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   2: 0100007F:1F90 0100007F:8000 01 00000000:00000400 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   3: 0100007F:1F91 00000000:0000 0A 00000000:00000007 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
"""


def test_the_queues_of_all_listeners_on_the_port_are_summed():
    assert waiting_to_be_accepted(TABLE, 8080) == 28
    assert waiting_to_be_accepted(TABLE, 8082) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/net/tcp")
def test_it_waits_until_all_are_accepted_and_says_who_is_not():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        with socket.create_connection(address), socket.create_connection(address):
            assert await_accepted(address[1], 0) == 2
            accepted: list[socket.socket] = []
            accepting = threading.Thread(target=lambda: accepted.extend(listener.accept()[0] for _ in range(2)))
            accepting.start()
            assert await_accepted(address[1], 10) == 0
            accepting.join()
            for one in accepted:
                one.close()
