"""Five carriers: processes, threads, generators, greenlets and tasks play the same two games.

Ping-pong: two of them hand a ball to and fro, there and back n times. Whoever has the ball calls `hit()`.
Standing idle: n of them are there at the same time, each within `with here:`, while `look()` is called once.

Eight lines are missing, each marked TODO. `python work.py` plays all games as they stand.
"""

import asyncio
import os
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

Hit = Callable[[], None]
Here = AbstractContextManager[object]
Look = Callable[[], None]


# Ping-pong


def pingpong_processes(n: int, hit: Hit) -> None:
    """A parent and a child; the ball is a byte, and goes there through one pipe and back through another."""
    there_out, there_in = os.pipe()
    back_out, back_in = os.pipe()
    child = os.fork()
    if child == 0:  # from here to _exit, only the child
        try:
            for _ in range(n):
                os.read(there_out, 1)
                hit()
                os.write(back_in, b".")
        finally:
            os._exit(0)
    for _ in range(n):  # from here on, only the parent
        hit()
        os.write(there_in, b".")
    # TODO 1: as it stands, the parent serves all n balls first, and then takes them all back. One ball is enough.
    for _ in range(n):
        os.read(back_out, 1)
    os.waitpid(child, 0)
    for fd in (there_out, there_in, back_out, back_in):
        os.close(fd)


def pingpong_threads(n: int, hit: Hit) -> None:
    """Two threads; each has a semaphore, which is 1 when it has the ball and 0 when it has not."""
    first, second = threading.Semaphore(1), threading.Semaphore(0)

    def play(mine: threading.Semaphore, yours: threading.Semaphore) -> None:
        for _ in range(n):
            # TODO 2: wait for the ball (`mine.acquire()`), and, after the hit, hand it over (`yours.release()`).
            hit()

    players = [threading.Thread(target=play, args=balls) for balls in ((first, second), (second, first))]
    for player in players:
        player.start()
    for player in players:
        player.join()


def pingpong_generators(n: int, hit: Hit) -> None:
    """Two generators, and a loop that lets them go on in turn."""

    def play():
        for _ in range(n):
            hit()
        yield  # TODO 3: here, the player lets go only when it has hit n times. Let it do so after each hit.

    first, second = play(), play()
    # TODO 3, too: this lets the first one play to its end, and then the second one. Each `next` is one turn.
    for _ in first:
        pass
    for _ in second:
        pass


def pingpong_greenlets(n: int, hit: Hit) -> None:
    """Two greenlets: each says which one is to go on."""
    from greenlet import greenlet  # here, since it may be missing, and turns the GIL on where there is none

    def play(me: int) -> None:
        for _ in range(n):
            hit()
            # TODO 4: let the other one go on. `players[0].switch(0)` begins player 0, or lets it go on.

    players = [greenlet(play), greenlet(play)]
    players[0].switch(0)
    players[1].switch(1)  # the one that is left: it ends, too


def pingpong_tasks(n: int, hit: Hit) -> None:
    """Two tasks of asyncio. It is the threads' program, almost."""

    async def main() -> None:
        first, second = asyncio.Semaphore(1), asyncio.Semaphore(0)

        async def play(mine: asyncio.Semaphore, yours: asyncio.Semaphore) -> None:
            for _ in range(n):
                # TODO 5: as for the threads; but where a task waits, it has to say so.
                hit()

        await asyncio.gather(play(first, second), play(second, first))

    asyncio.run(main())


# Standing idle


def idle_processes(n: int, here: Here, look: Look) -> None:
    """n children. Each says by a pipe that it is there, and stays until another pipe ends. This one is finished."""
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
                    os.read(stay_out, 1)  # nobody writes: it returns when the parent has closed the other end
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
    """n threads, which meet at a barrier and stay until an event is set. This one is finished, too."""
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
    """n generators, each standing still at its `yield`."""

    def live():
        with here:
            yield

    carriers = [live() for _ in range(n)]
    # TODO 6: a generator that was made has not begun.
    look()
    for carrier in carriers:
        carrier.close()


def idle_greenlets(n: int, here: Here, look: Look) -> None:
    """n greenlets, each of which has let the one that made it go on."""
    from greenlet import getcurrent, greenlet

    maker = getcurrent()

    def live() -> None:
        with here:
            maker.switch()

    carriers = [greenlet(live) for _ in range(n)]
    # TODO 7: a greenlet that was made has not begun.
    look()
    for carrier in carriers:
        carrier.switch()


def idle_tasks(n: int, here: Here, look: Look) -> None:
    """n tasks of asyncio, which stay until an event is set."""

    async def main() -> None:
        leave = asyncio.Event()

        async def live() -> None:
            with here:
                await leave.wait()

        tasks = [asyncio.create_task(live()) for _ in range(n)]
        # TODO 8: a task that was made has not begun: for that the loop must get its turn.
        look()
        leave.set()
        await asyncio.gather(*tasks)

    asyncio.run(main())


if __name__ == "__main__":
    from contextlib import nullcontext

    for game in (pingpong_processes, pingpong_threads, pingpong_generators, pingpong_tasks):
        hits: list[int] = []  # the parent's alone: a child has a copy of the list, and fills that
        game(3, lambda hits=hits: hits.append(os.getpid()))
        print(f"{game.__name__}: {len(hits)} hits in this process")
    idle_threads(3, nullcontext(), lambda: print(threading.active_count(), "threads, the main one among them"))
