"""What a fault leads to beside the page: what is asked for, what never is, and why. Tier 1; pure tables."""

from concur.web.addresses import CHAIN, FOLLOWED, LONG, Place
from concur.web.faults import PAGE_FAULTS
from concur.web.sides import FORBIDDEN, OUT_OF_SCOPE

TOO_MANY_REDIRECTS = f"comes after more than {FOLLOWED} redirects"
BEYOND_LENGTH = "is linked to from beyond its page's Content-Length"
NOT_HTML = "is linked to from what is no page"
TOO_DEEP = "is too deep, or no page that can be read links to it"
NOWHERE = "is no URL of this web in its canonical form"

REDIRECTING = [kind for kind, name in enumerate(PAGE_FAULTS, 1) if name.startswith("redirect")]

_NEVER_ASKED = {  # by folder and part
    ("private", ""): FORBIDDEN,
    ("calendar", ""): FORBIDDEN,
    ("p", "print"): FORBIDDEN,
    ("doc", "secret"): FORBIDDEN,
    ("beyond", ""): BEYOND_LENGTH,
    ("text", ""): NOT_HTML,
}


def redirected(fault: str, number: int) -> list[str]:
    """The paths that a page's redirects lead to, and that are asked for."""
    if fault == "redirect_chain":
        return [f"/chain/{number}/{part}" for part in range(1, CHAIN + 1)]
    if fault == "redirect_long":
        return [f"/long/{number}/{part}" for part in range(1, FOLLOWED + 1)]
    return {"redirect": [f"/m/{number}"], "redirect_loop": [f"/loop/{number}"]}.get(fault, [])


def dead_end(fault: str, number: int) -> tuple[str, str]:
    """The path that a page leads to and nobody is to follow, and why; two empty texts if there is none."""
    return {
        "redirect_long": (f"/long/{number}/{FOLLOWED + 1}", TOO_MANY_REDIRECTS),
        "redirect_out": (f"/elsewhere/{number}", OUT_OF_SCOPE),
        "redirect_forbidden": (f"/private/{number}", FORBIDDEN),
        "length_short": (f"/beyond/{number}", BEYOND_LENGTH),
        "not_html": (f"/text/{number}", NOT_HTML),
        "not_found": ("/text/0", NOT_HTML),
        "gone": ("/text/0", NOT_HTML),
    }.get(fault, ("", ""))


def why_not(place: Place | None) -> str:
    """Why what is at a path is not to be asked for, as the end of a sentence."""
    return NOWHERE if place is None else _NEVER_ASKED.get((place.folder, place.part), TOO_DEEP)


def is_redirect(place: Place, kind: int) -> bool:
    """Whether a redirect is at a place, given the kind of the page of its number."""
    if place.folder in ("chain", "long"):
        return int(place.part) < (CHAIN if place.folder == "chain" else LONG)
    return place.folder == "loop" or (place.folder == "p" and not place.part and kind in REDIRECTING)
