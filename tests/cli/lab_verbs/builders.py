"""What the tests of `concur labs` share: commands, results, and a lab that is begun."""

from collections.abc import Callable

from concur.labs.endings import Result

Labs = Callable[..., tuple[int, str, str]]  # exit status, stdout and stderr of a command

VALUES = {"serial_ms": 201.0, "together_ms": 20.5}
RUN = ("run", "--no-program", "--no-plot")
PREDICTED = ("predict", "--answer", "together=100")
BROKEN = Result(id="together", verdict="broken", asked="a gate", seen="checks.py: NameError", detail="a line of it")
FAILED = Result(id="together", verdict="failed", asked="1.0 s", seen="10.0 s", detail="one\ntwo", output="printed\n")
PASSED = [Result(id="answers", verdict="passed", seen="10 answers"), Result(id="together", verdict="passed")]


def begun(labs: Labs, *further: tuple[str, ...]) -> None:
    for arguments in (("start", "1"), *further):
        assert labs(*arguments)[0] in (0, 1), arguments
