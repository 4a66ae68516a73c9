"""What a process does with the memory of a page that it has read. Tier 0.

A parser takes some hundred KiB for each page and gives it back. By default glibc
gives the top of that back to the system, and the next page gets it anew, zeroed,
by a page fault for each 4 KiB: 10 faults a page with selectolax, which is a
fourth of all the time a page takes. What must not live here: what is measured of memory (`accounting`).
"""

import ctypes

# mallopt(3): its names by number, which glibc alone has
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
KEPT_BYTES = 8 << 20  # free memory at the heap's top that is not given back
SHARED_BYTES = 4 << 20  # an allocation up to that comes from the heap, where it is found again


def keep_freed() -> bool:
    """Have malloc keep what is freed for what comes next, in this process and those that it forks.

    Whether it does: another C library than glibc has no such setting, and goes on as it is.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_TRIM_THRESHOLD, KEPT_BYTES) and mallopt(_MMAP_THRESHOLD, SHARED_BYTES))
