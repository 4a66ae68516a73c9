"""The numbers of system calls in which threads sleep, since nothing on a machine is sure to tell them. Data.

From the kernel's asm/unistd_64.h (x86-64) and asm-generic/unistd.h (aarch64 and newer ones).
"""

import platform

NO_CALL = -1  # asleep without one: a page fault, or on its way out
X86_64 = {
    **{0: "read", 1: "write", 3: "close", 7: "poll", 9: "mmap", 10: "mprotect", 11: "munmap", 19: "readv"},
    **{20: "writev", 23: "select", 24: "sched_yield", 28: "madvise", 34: "pause", 35: "nanosleep", 42: "connect"},
    **{43: "accept", 44: "sendto", 45: "recvfrom", 46: "sendmsg", 47: "recvmsg", 61: "wait4", 72: "fcntl"},
    **{73: "flock", 128: "rt_sigtimedwait", 130: "rt_sigsuspend", 202: "futex", 219: "restart_syscall"},
    **{230: "clock_nanosleep", 232: "epoll_wait", 247: "waitid", 270: "pselect6", 271: "ppoll", 281: "epoll_pwait"},
    **{288: "accept4", 426: "io_uring_enter", 441: "epoll_pwait2", 449: "futex_waitv"},
}
GENERIC = {
    **{22: "epoll_pwait", 25: "fcntl", 32: "flock", 57: "close", 63: "read", 64: "write", 65: "readv", 66: "writev"},
    **{72: "pselect6", 73: "ppoll", 95: "waitid", 98: "futex", 101: "nanosleep", 115: "clock_nanosleep"},
    **{124: "sched_yield", 128: "restart_syscall", 133: "rt_sigsuspend", 137: "rt_sigtimedwait", 202: "accept"},
    **{203: "connect", 206: "sendto", 207: "recvfrom", 211: "sendmsg", 212: "recvmsg", 215: "munmap", 222: "mmap"},
    **{226: "mprotect", 233: "madvise", 242: "accept4", 260: "wait4", 426: "io_uring_enter", 441: "epoll_pwait2"},
    **{449: "futex_waitv"},
}
TABLES = {"x86_64": X86_64, "aarch64": GENERIC, "arm64": GENERIC, "riscv64": GENERIC}


def call_name(number: int, machine: str = platform.machine()) -> str:
    """A call's name on that architecture; «call 17» where the table has none, «no call» for NO_CALL."""
    if number == NO_CALL:
        return "no call"
    return TABLES.get(machine, {}).get(number, f"call {number}")
