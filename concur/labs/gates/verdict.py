"""How a check says what it found: it returns, or it raises `Failed` or `Skipped`. Tier 0.

def check_batches(work):
    sends = count_sends(work)
    require(sends <= 3, "1,000 records in at most 3 writes", f"{sends} writes")
    return f"{sends} writes"          # shown on passing; may be left out
"""


class Failed(AssertionError):
    """The learner's program does not do what was asked: what that is, what was seen in its place, and details."""

    def __init__(self, asked: str, seen: str, detail: str = "") -> None:
        super().__init__(asked, seen, detail)  # all three, so that it can be pickled
        self.asked, self.seen, self.detail = asked, seen, detail

    def __str__(self) -> str:
        lines = f"asked: {self.asked}; seen: {self.seen}"
        return f"{lines}\n{self.detail}" if self.detail else lines


class Skipped(Exception):
    """This machine or interpreter cannot show it. The check counts as passed, and why it was skipped is said."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def require(is_met: bool, asked: str, seen: str, detail: str = "") -> None:
    """Raise Failed unless it is met. The texts stand in for «asked» and «seen» in what the learner reads."""
    if not is_met:
        raise Failed(asked, seen, detail)
