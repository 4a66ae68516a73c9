import asyncio
import socket
import threading

import pytest

from concur.labs.gates import CountedCalls, HighWater, InFlight, Trace, counting_socket, run_virtual

THREADS, TIMES = 4, 500


def in_threads(function):
    threads = [threading.Thread(target=lambda: [function() for _ in range(TIMES)]) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(("limit", "most"), [(1, 1), (3, 3), (100, 10)])
def test_what_is_in_flight_is_counted_in_tasks(limit, most):
    in_flight, gate = InFlight(), asyncio.Semaphore(limit)

    async def fetch():
        async with gate, in_flight:
            await asyncio.sleep(1)

    async def main():
        await asyncio.gather(*[fetch() for _ in range(10)])

    run_virtual(main())
    assert (in_flight.now, in_flight.most, in_flight.total) == (0, most, 10)


def test_what_is_in_flight_is_counted_in_threads():
    in_flight, barrier = InFlight(), threading.Barrier(THREADS)

    def together():
        with in_flight:
            barrier.wait()
            barrier.wait()  # nobody leaves before all are in

    in_threads(together)
    assert (in_flight.now, in_flight.most, in_flight.total) == (0, THREADS, THREADS * TIMES)


def test_who_leaves_by_an_error_is_in_flight_no_more():
    in_flight = InFlight()
    with pytest.raises(KeyError), in_flight:
        raise KeyError
    assert (in_flight.now, in_flight.total) == (0, 1)


def test_the_high_water_mark_is_the_highest_value():
    mark = HighWater()
    assert mark.most == 0
    for value in (-3, -1, -2):
        mark.note(value)
    assert (mark.most, mark.notes) == (-1, 3)


def test_a_trace_keeps_order_and_loses_nothing():
    trace = Trace()
    trace.note("read", 3)
    trace.note("closed")
    assert trace.events == [("read", 3), ("closed",)]
    assert str(trace) == "read 3\nclosed"
    in_threads(lambda: trace.note(threading.get_ident()))
    assert len(trace.events) == 2 + THREADS * TIMES


def test_counted_calls_are_made_and_kept():
    count = CountedCalls(sorted)
    assert (count([2, 1]), count([1, 2], reverse=True)) == ([1, 2], [2, 1])
    assert (count.count, count.arguments) == (2, [(([2, 1],), {}), (([1, 2],), {"reverse": True})])
    assert vars(count)["__name__"] == "sorted"


def test_a_call_that_fails_was_made():
    count = CountedCalls(int)
    with pytest.raises(ValueError, match="invalid"):
        count("x")
    assert count.count == 1


def test_counting_is_exact_in_threads():
    count = CountedCalls(int)
    in_threads(count)
    assert count.count == THREADS * TIMES


def test_a_counting_socket_counts_what_moves_and_what_is_refused():
    ours, theirs = socket.socketpair()
    ours, theirs = counting_socket(ours), counting_socket(theirs)
    with ours, theirs:
        theirs.setblocking(False)
        with pytest.raises(BlockingIOError):
            theirs.recv(10)
        ours.sendall(b"hello")
        ours.send(b"you")
        buffer = bytearray(2)
        got = theirs.recv(5) + bytes(buffer[: theirs.recv_into(buffer)]) + theirs.recvfrom(9)[0]
        assert len(got) == 8
        assert (ours.sends, ours.sent_bytes, ours.receives) == (2, 8, 0)
        assert (theirs.receives, theirs.received_bytes, theirs.would_block, theirs.sends) == (3, 8, 1, 0)


def test_what_a_counting_socket_accepts_counts_too():
    listener = counting_socket(socket.create_server(("127.0.0.1", 0)))
    with listener, socket.create_connection(listener.getsockname()) as client:
        accepted, _ = listener.accept()
        with accepted:
            client.sendall(b"hello")
            accepted.sendall(accepted.recv(5))
            assert client.recv(5) == b"hello"
        assert (listener.receives, listener.sends, listener.received_bytes) == (1, 1, 5)


def test_asyncio_works_with_counting_sockets():
    async def main(ours, theirs):
        loop = asyncio.get_running_loop()
        waiting = asyncio.create_task(loop.sock_recv(theirs, 10))
        await asyncio.sleep(0)
        await loop.sock_sendall(ours, b"hello")
        return await waiting

    ours, theirs = (counting_socket(end) for end in socket.socketpair())
    with ours, theirs:
        ours.setblocking(False)
        theirs.setblocking(False)
        assert asyncio.run(main(ours, theirs)) == b"hello"
        assert (ours.sends, theirs.receives, theirs.would_block) == (1, 1, 1)
