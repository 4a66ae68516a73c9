import asyncio
import os
import queue
import select
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from time import sleep as nap

import pytest

from concur.labs.gates import EchoPeer, blocking_calls
from concur.labs.gates.replaced import watched

HANG_S = 10


def once_seen(function, *arguments):
    """To be called in another thread: it calls the function when this one has been seen to block."""
    calls = watched[threading.get_ident()]
    seen = len(calls)

    def call():
        until_s = time.monotonic() + HANG_S
        while len(calls) == seen and time.monotonic() < until_s:
            time.sleep(0.001)
        function(*arguments)

    return call


def soon(function, *arguments):
    thread = threading.Thread(target=once_seen(function, *arguments))
    thread.start()
    return thread


def get_from_queue():
    items: queue.Queue[int] = queue.Queue()
    soon(items.put, 1)
    items.get()


def wait_for_event():
    event = threading.Event()
    soon(event.set)
    event.wait()


def wait_for_semaphore():
    semaphore = threading.Semaphore(0)
    soon(semaphore.release)
    semaphore.acquire()


def join_thread():
    soon(int).join()


def wait_for_result():
    with ThreadPoolExecutor() as pool:
        pool.submit(once_seen(int)).result()


def read_pipe():
    readable, writable = os.pipe()
    timer = soon(os.write, writable, b"x")
    os.read(readable, 1)
    os.close(readable)
    os.close(writable)
    timer.join()


def receive():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        ours.send(b"x")
        theirs.recv(1)


def connect_and_accept():
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
        client.connect(listener.getsockname())
        accepted, _ = listener.accept()
        accepted.close()


def run_child():
    subprocess.run([sys.executable, "-S", "-c", ""], check=True)


def wait_for_child():
    child = subprocess.Popen([sys.executable, "-S", "-c", ""])
    os.waitpid(child.pid, 0)
    child.returncode = 0


SEEN = {
    "time.sleep": lambda: time.sleep(0.001),
    "time.sleep by another name": lambda: nap(0.001),
    "Queue.get": get_from_queue,
    "Event.wait": wait_for_event,
    "Semaphore.acquire": wait_for_semaphore,
    "Thread.join": join_thread,
    "Future.result": wait_for_result,
    "os.read": read_pipe,
    "socket.recv": receive,
    "socket.connect": connect_and_accept,
    "socket.accept": connect_and_accept,
    "Popen.communicate": run_child,
    "os.waitpid": wait_for_child,
    "os.system": lambda: os.system("true"),
    "select.select": lambda: select.select([], [], [], 0.001),
    "socket.getaddrinfo": lambda: socket.getaddrinfo("127.0.0.1", 80),
}


async def on_the_loop(function):
    function()


@pytest.mark.parametrize("name", SEEN)
def test_a_blocking_call_is_seen_with_its_line(name):
    with blocking_calls() as calls:
        asyncio.run(on_the_loop(SEEN[name]))
    seen = next((call for call in calls.calls if call.name == name.split()[0]), None)
    assert seen, str(calls)
    assert seen.where.startswith("test_blocking.py:")


def test_a_callback_that_blocks_is_seen():
    async def main():
        asyncio.get_running_loop().call_soon(nap, 0.001)
        await asyncio.sleep(0.002)

    with blocking_calls() as calls:
        asyncio.run(main())
    assert str(calls) == "time.sleep, in a callback of the loop"


async def talk(address):
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"hello")
    answer = await reader.readexactly(5)
    writer.close()
    await writer.wait_closed()
    return answer


async def use_sockets():
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.setblocking(False)
        await loop.sock_sendall(ours, b"x")
        await loop.sock_recv(theirs, 1)


async def run_child_well():
    child = await asyncio.create_subprocess_exec(sys.executable, "-S", "-c", "", stdout=subprocess.PIPE)
    await child.communicate()


def wait_a_moment():
    threading.Event().wait(0.001)
    queue.Queue[int](1).put(1, timeout=0.001)
    nap(0.001)


async def have_threads_block():
    await asyncio.gather(*[asyncio.to_thread(function) for function in (wait_a_moment, receive, run_child)])


async def use_what_is_there():
    items: queue.Queue[int] = queue.Queue()
    items.put(1)
    items.get()
    event = threading.Event()
    event.set()
    event.wait()
    with threading.Lock(), threading.Semaphore():
        pass
    select.select([], [], [], 0)


async def start_a_thread():
    threading.Thread(target=int).start()


@pytest.mark.parametrize("main", [use_sockets, run_child_well, have_threads_block, use_what_is_there, start_a_thread])
def test_what_does_not_block_the_loop_is_not_seen(main):
    with blocking_calls() as calls:
        asyncio.run(main())
    assert str(calls) == "none"


def test_streams_of_asyncio_do_not_block():
    with EchoPeer() as peer, blocking_calls() as calls:
        assert asyncio.run(talk(peer.address)) == b"hello"
    assert not calls


def test_what_is_allowed_is_not_seen():
    with blocking_calls("time.sleep") as calls:
        asyncio.run(on_the_loop(receive))
        time.sleep(0.001)
    assert calls.names == ["socket.recv"]


def test_nothing_is_seen_outside_of_the_block_and_all_is_put_back():
    before = [vars(owner).get(name) for owner, name in PLACES]
    with blocking_calls() as calls:
        assert [vars(owner).get(name) for owner, name in PLACES] != before
    assert [vars(owner).get(name) for owner, name in PLACES] == before
    nap(0.001)
    receive()
    assert not calls


PLACES = [(socket.socket, "recv"), (threading.Condition, "wait"), (os, "waitpid"), (subprocess.Popen, "wait")]


def test_two_threads_have_each_their_own():
    found, both = {}, threading.Barrier(2)

    def look(name, function):
        with blocking_calls() as calls:
            both.wait()
            function()
            both.wait()
        found[name] = calls.names

    threads = [threading.Thread(target=look, args=pair) for pair in (("a", receive), ("b", run_child))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "socket.recv" in found["a"]
    assert "Popen.communicate" not in found["a"]
    assert "socket.recv" not in found["b"]
    assert "Popen.communicate" in found["b"]
