"""How much memory is left, so that what cannot fit is refused before it is begun."""

from pathlib import Path

UNLIMITED = 2**63


def free_memory() -> int:
    """Return the bytes of memory that a program can still take: of the machine, and of the container it may be in."""
    return min(_of_the_machine(), _of_the_group())


def _of_the_machine(meminfo: Path = Path("/proc/meminfo")) -> int:
    try:
        for line in meminfo.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return UNLIMITED


def _of_the_group(groups: Path = Path("/sys/fs/cgroup"), mine: Path = Path("/proc/self/cgroup")) -> int:
    """Return what the control groups (version 2) of this process leave, the tightest of them."""
    try:
        names = [line[3:].strip("/\n") for line in mine.read_text().splitlines() if line.startswith("0::")]
    except (OSError, UnicodeDecodeError):
        return UNLIMITED
    folder, left = groups.joinpath(*names[:1]), UNLIMITED
    while folder.is_relative_to(groups):
        left = min(left, _of_one_group(folder))
        folder = folder.parent
    return left


def _of_one_group(folder: Path) -> int:
    """Return the limit of a group less what it uses; cached files count as free, since they make room."""
    try:
        limit, used = (int((folder / f"memory.{name}").read_text()) for name in ("max", "current"))
        statistics = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        return max(limit - used + int(statistics["inactive_file"]), 0)
    except (OSError, ValueError, KeyError):  # "max" is no number: there is no limit
        return UNLIMITED
