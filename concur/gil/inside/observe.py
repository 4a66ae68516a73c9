"""What this interpreter says of itself, as a target would: version, GIL, JIT, build."""

import json

from concur import observed

if __name__ == "__main__":
    observed.watch_gil()
    print(json.dumps({"observed": observed.of_this_process("")}))  # noqa: T201 # its answer
