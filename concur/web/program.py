"""The web as a program of its own: `python -m concur.web.program --pages 1000`. Tier 1.

One JSON line says when it is ready: {event, host, port, pid, pages, loop, origins}.
It ends on SIGTERM or SIGINT, or with whoever holds --until-eof, with status 0. What must not live here: what
people read (`concur web` is for them).
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

from concur.errors import ConcurError
from concur.web.conversation import Site
from concur.web.graph import Web
from concur.web.serving import loop_name, run


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve a web; the exit status."""
    options = _parser().parse_args(arguments)
    try:
        run(web_of(options), options.host, options.port, tell, until_eof=options.until_eof)
    except ConcurError as error:
        sys.stderr.write(f"concur: {error}\n")
        return error.status
    return 0


def web_of(options: argparse.Namespace) -> Web:
    """The web that was asked for. Raises UsageError for one that cannot be."""
    return Web(**{name: getattr(options, name) for name in Web.__dataclass_fields__})


def ready(site: Site) -> dict[str, Any]:
    """What a web says when it can be reached, in JSON's types."""
    first = site.addresses.origins[0]
    return {
        "event": "ready",
        "host": first.host,
        "port": first.port,
        "pid": os.getpid(),
        "pages": site.addresses.web.pages,
        "loop": loop_name(),
        "origins": list(site.addresses.bases),
    }


def tell(site: Site) -> None:
    """One JSON line on standard output."""
    sys.stdout.write(json.dumps(ready(site)) + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="concur.web.program", description="Serve a synthetic web.")
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=0)
    options.add_argument("--until-eof", type=int, metavar="FD", help="end when nobody can write to this descriptor")
    for name, field in Web.__dataclass_fields__.items():
        kind = float if name == "crawl_delay_s" else type(field.default)
        options.add_argument(f"--{name.replace('_', '-')}", type=kind, default=field.default)
    return options


if __name__ == "__main__":
    sys.exit(main())
