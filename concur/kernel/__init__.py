"""The hand-made runtimes, in the order in which they build on each other.

    poller.py       which descriptors are ready: epoll, or selectors where there is none
    waker.py        how other threads wake a loop that sleeps
    reactor.py      calls back when a descriptor is ready, a timer is due, or another thread is done
    trampoline.py   runs generators, which yield traps
    tasks.py        runs coroutines as tasks: spawn, join, cancel, groups, timeouts
    streams.py      sockets for both: read, write, wait

Beside these, for whoever has a stack of its own and so marks no wait:

    green_threads.py  a hub on the reactor, and sockets whose calls block one green thread
    tasklets.py       Stackless' tasklets and channels: PyPy's own, elsewhere made of greenlets

Read them in that order; it takes one sitting. Three rules hold throughout.

1. A descriptor's registration persists. It is made when somebody first waits,
   and dropped only when an event comes that nobody waits for.
2. No system call is made whose failure can be foreseen. A socket that was just
   read has most likely nothing more, so a read waits first (what is left is
   reported again, and others have their turn between); a write is tried before
   it waits.
3. A trap is a function. What a generator or coroutine yields is called, as
   `trap(runner, task)`, once the task stands still; its business is to see to
   it that somebody resumes the task. It returns how to undo that. A task that
   waits by the same trap as before is left where it stands.

What must not live here: anything about a service or a model.
"""
