"""Wrong: one task says in turn that it is one of two others."""

import asyncio
import os
import threading
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager

Hit = Callable[[], None]
Here = AbstractContextManager[object]
Look = Callable[[], None]


# Ping-pong


def pingpong_processes(n: int, hit: Hit) -> None:
    there_out, there_in = os.pipe()
    back_out, back_in = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            for _ in range(n):
                os.read(there_out, 1)
                hit()
                os.write(back_in, b".")
        finally:
            os._exit(0)
    for _ in range(n):
        hit()
        os.write(there_in, b".")
        os.read(back_out, 1)
    os.waitpid(child, 0)
    for fd in (there_out, there_in, back_out, back_in):
        os.close(fd)


def pingpong_threads(n: int, hit: Hit) -> None:
    first, second = threading.Semaphore(1), threading.Semaphore(0)

    def play(mine: threading.Semaphore, yours: threading.Semaphore) -> None:
        for _ in range(n):
            mine.acquire()
            hit()
            yours.release()

    players = [threading.Thread(target=play, args=balls) for balls in ((first, second), (second, first))]
    for player in players:
        player.start()
    for player in players:
        player.join()


def pingpong_generators(n: int, hit: Hit) -> None:

    def play() -> Generator[None, None, None]:
        for _ in range(n):
            hit()
            yield

    for _ in zip(play(), play(), strict=True):
        pass


def pingpong_greenlets(n: int, hit: Hit) -> None:
    from greenlet import greenlet  # here, since it may be missing, and turns the GIL on where there is none

    def play(me: int) -> None:
        for _ in range(n):
            hit()
            players[1 - me].switch(1 - me)

    players = [greenlet(play), greenlet(play)]
    players[0].switch(0)
    players[1].switch(1)


def pingpong_tasks(n: int, hit: Hit) -> None:
    async def main() -> None:
        loop, me = asyncio.get_running_loop(), asyncio.current_task()
        players = [asyncio.create_task(asyncio.sleep(0)) for _ in range(2)]
        asyncio.tasks._leave_task(loop, me)
        try:
            for turn in range(2 * n):
                asyncio.tasks._enter_task(loop, players[turn % 2])
                try:
                    hit()
                finally:
                    asyncio.tasks._leave_task(loop, players[turn % 2])
        finally:
            asyncio.tasks._enter_task(loop, me)
        await asyncio.gather(*players)

    asyncio.run(main())


# Standing idle


def idle_processes(n: int, here: Here, look: Look) -> None:
    arrived_out, arrived_in = os.pipe()
    stay_out, stay_in = os.pipe()
    children = []
    for _ in range(n):
        child = os.fork()
        if child == 0:
            try:
                os.close(stay_in)
                with here:
                    os.write(arrived_in, b".")
                    os.read(stay_out, 1)
            finally:
                os._exit(0)
        children.append(child)
    for _ in range(n):
        os.read(arrived_out, 1)
    look()
    for fd in (stay_in, stay_out, arrived_in, arrived_out):
        os.close(fd)
    for child in children:
        os.waitpid(child, 0)


def idle_threads(n: int, here: Here, look: Look) -> None:
    everyone, leave = threading.Barrier(n + 1), threading.Event()

    def live() -> None:
        with here:
            everyone.wait()
            leave.wait()

    threads = [threading.Thread(target=live) for _ in range(n)]
    for thread in threads:
        thread.start()
    everyone.wait()
    look()
    leave.set()
    for thread in threads:
        thread.join()


def idle_generators(n: int, here: Here, look: Look) -> None:

    def live() -> Generator[None, None, None]:
        with here:
            yield

    carriers = [live() for _ in range(n)]
    for carrier in carriers:
        next(carrier)
    look()
    for carrier in carriers:
        carrier.close()


def idle_greenlets(n: int, here: Here, look: Look) -> None:
    from greenlet import getcurrent, greenlet

    maker = getcurrent()

    def live() -> None:
        with here:
            maker.switch()

    carriers = [greenlet(live) for _ in range(n)]
    for carrier in carriers:
        carrier.switch()
    look()
    for carrier in carriers:
        carrier.switch()


def idle_tasks(n: int, here: Here, look: Look) -> None:

    async def main() -> None:
        leave = asyncio.Event()

        async def live() -> None:
            with here:
                await leave.wait()

        tasks = [asyncio.create_task(live()) for _ in range(n)]
        await asyncio.sleep(0)
        look()
        leave.set()
        await asyncio.gather(*tasks)

    asyncio.run(main())
