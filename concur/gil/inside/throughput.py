"""N workers that compute for so long, all at once: how many units of the dose's computation each got done."""

import json
import sys
from typing import Any

from concur import observed
from concur.gil.inside.computing import compute
from concur.gil.inside.crew import run


def main(options: dict[str, Any]) -> dict[str, Any]:
    """options: workers, topology (threads, processes, interpreters), kind, seconds, and cpus, one for each worker."""
    observed.watch_gil()
    cpus = options["cpus"]
    arguments = [
        (options["kind"], options["seconds"], cpus[number % len(cpus)]) for number in range(options["workers"])
    ]
    found = run(options["topology"], [(compute, each) for each in arguments])
    return {"workers": found, "observed": observed.of_this_process("")}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))  # noqa: T201 # its answer
