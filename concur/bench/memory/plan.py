"""What a measuring of memory will do: targets, levels, rounds. Tier 1; data."""

import msgspec

from concur.bench.plan import Target

ROUNDS = 5  # from five on, a 95 % interval over rounds covers what it promises
PAYLOAD_BYTES = 1024
ABOUT_S, ABOUT_EACH_S = 1.5, 0.4e-3  # of a trial: to start and stop it, and for each connection


class MemoryPlan(msgspec.Struct, frozen=True, kw_only=True):
    """levels: numbers of connections, the first of them 0; a target that serves fewer has fewer."""

    targets: list[Target]
    levels: tuple[int, ...]
    rounds: int = ROUNDS
    payload_bytes: int = PAYLOAD_BYTES
    seed: int = 1
    engine: str | None = None  # native or python; None takes what is there

    @property
    def present(self) -> list[Target]:
        """Those that can be measured, as far as is known before anything starts."""
        return [target for target in self.targets if not target.absent]

    @property
    def trials(self) -> int:
        """How many fresh processes there will be."""
        return len(self.present) * self.rounds

    def about_s(self) -> float:
        """A rough guess at how long they will take."""
        return self.trials * (ABOUT_S + ABOUT_EACH_S * self.levels[-1])
