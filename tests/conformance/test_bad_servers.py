"""Each promise is broken by some server: this is what makes the checks worth something."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from concur.bench.plan import Target
from concur.conformance import BROKEN, KEPT, check_echo

if TYPE_CHECKING:
    from tests.conformance.conftest import Find

Make = Callable[[str], Target]

# The server, the promise that it breaks, and what is seen of it.
BAD = [
    ("eats_a_byte", 1, "byte .* is 0x.*, not 0x"),
    ("alters_a_byte", 1, "byte .* is 0x21, not 0x"),
    ("mixes_up_peers", 1, r"the first 1?\d of 20 did"),
    ("strips_lines", 1, "^0 of 5,000 bytes, then nothing more came"),
    ("resets_at_the_end", 2, "then connection reset by peer"),
    ("never_closes", 2, "the same 100,000 bytes, then nothing more came"),
    ("prints_a_traceback", 3, "it wrote: ConnectionResetError"),
    ("dies_of_a_reset", 3, "^0 bytes, then"),
    ("holds_endless_lines", 3, "^0 bytes, then nothing more came"),
    ("one_at_a_time", 4, "^0 bytes, then nothing more came"),
    ("pool_of_eight", 4, "^0 bytes, then nothing more came"),
    ("waits_in_the_loop", 4, "after the last of those"),
    ("buffers_without_bound", 5, r"it grew by [56]\d\.\d MiB"),
    ("spins_on_emfile", 6, r"it uses \d\d+%"),
    ("dies_on_emfile", 6, "it exited with status 3"),
    ("stops_accepting", 6, "of 100 are"),
    ("ignores_sigterm", 7, "then nothing more came"),
    ("exits_at_once", 7, "^b'', then it closed the connection"),
    ("drops_its_backlog", 7, r"the first 1?\d of 20 are"),
    ("exits_with_status_1", 7, "it exited with status 1"),
    ("never_forces", 7, "it closed the connection"),
    ("leaks_a_descriptor", 8, r"descriptors \d{4,}"),
    ("leaks_a_thread", 8, "threads 6,"),
    ("leaves_a_child", 8, "processes 6,"),
    ("leaves_a_pipe", 8, "^2 descriptors"),
]


@pytest.mark.long
@pytest.mark.timeout(60)
@pytest.mark.parametrize(("server", "promise", "seen"), BAD, ids=[server for server, *_ in BAD])
def test_a_server_that_breaks_a_promise_is_found_out(
    own: Make, find: "Find", server: str, promise: int, seen: str
) -> None:
    finding = find(own(server), promise, short_connections=5_000)
    assert finding.verdict == BROKEN, finding.checks
    *kept, broken = finding.checks
    assert all(check.ok for check in kept)
    assert not broken.ok
    assert re.search(seen, broken.seen)


@pytest.mark.long
@pytest.mark.timeout(120)
def test_a_server_that_breaks_none_is_let_alone(own: Make) -> None:
    found = check_echo(own("threaded"), short_connections=1_000)
    assert {finding.promise: finding.verdict for finding in found} == dict.fromkeys(range(1, 10), KEPT)


def test_a_command_that_calls_a_port_in_use_a_success_is_found_out(command: Make, find: "Find") -> None:
    finding = find(command("exits_0_on_a_port_in_use"), 9)
    assert finding.verdict == BROKEN
    assert finding.checks[0].seen == "0 lines; status 0"


def test_a_command_that_dies_of_sigterm_does_not_drain(command: Make, find: "Find") -> None:
    assert find(command("exits_0_on_a_port_in_use"), 7).verdict == BROKEN
