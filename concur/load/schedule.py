"""The open loop's messages that are due, as the Python twin asks for them. Tier 1; pure.

A window owns what was due in it: what it counted and the engine had not sent yet
when it ended is not counted again.
"""

from collections import deque

from concur.load.arrivals import due_times
from concur.load.plan import Load

NEVER = 1 << 62


class Schedule:
    """Due times on the monotonic clock, the next one in `next_ns`."""

    def __init__(self, load: Load, started_ns: int) -> None:
        assert load.rate_per_s is not None
        self.started_ns = started_ns
        self.times = due_times(load.seed, load.rate_per_s, poisson=load.poisson, ramp_ns=load.ramp_ns)
        self.upcoming: deque[int] = deque()
        self.counted_ahead = 0
        self._look_ahead()
        self.next_ns = self.upcoming[0]

    def _look_ahead(self) -> None:
        self.upcoming.append(self.started_ns + next(self.times))

    def advance(self) -> None:
        """Go on to the next one."""
        self.upcoming.popleft()
        if not self.upcoming:
            self._look_ahead()
        self.next_ns = self.upcoming[0]

    def was_counted(self) -> bool:
        """Whether a window has counted the message that is being sent."""
        if self.counted_ahead == 0:
            return False
        self.counted_ahead -= 1
        return True

    def count_until(self, until_ns: int) -> tuple[int, int]:
        """(due before `until_ns` and not sent yet, how many of those no window has counted); they count as counted."""
        if self.next_ns >= NEVER:
            return 0, 0
        while self.upcoming[-1] < until_ns:
            self._look_ahead()
        count = sum(at < until_ns for at in self.upcoming)
        fresh, self.counted_ahead = count - self.counted_ahead, count
        return count, fresh
