"""Measuring one run of a command, and several commands that take turns."""

import os
import re
import tempfile
import time

from benchlib.process import ENVIRONMENT, fail


class Sample:
    """One run: wall seconds, CPU seconds, those of them outside the kernel, peak memory in MiB, what it printed.

    `requests` is what it asked of a server, where that is counted.
    """

    requests = None

    def __init__(self, seconds, usage, mebibytes, output):
        self.seconds, self.cpu, self.user = seconds, usage.ru_utime + usage.ru_stime, usage.ru_utime
        self.mebibytes, self.output = mebibytes, output


def measure(argv, environment=None, peak_resident=False, peak_anonymous=False, discard=False) -> Sample:
    """Runs a command once, which has to succeed; its standard output goes to /dev/null if that is to be discarded.

    `peak_resident` is the highest resident set that the kernel saw. It misses nothing and costs nothing, but whatever
    of the page cache a program maps counts as its own.

    `peak_anonymous` is the highest RssAnon of /proc/PID/status among readings half a millisecond apart: what the
    program has allocated, without the pages of files (RssFile) and of shared memory (RssShmem) that it maps. The kernel
    keeps no peak of it, and VmHWM less RssFile is none, for the two peak at different times. The readings take time
    from what they watch: such a run is not timed.
    """
    argv = [str(word) for word in argv]
    with tempfile.NamedTemporaryFile() as output, tempfile.NamedTemporaryFile() as peak:
        command = argv
        if peak_resident:
            # What the kernel tells of a child starts with the memory of the process that made it: not Python, then.
            command = ["/usr/bin/time", "--quiet", "--format=%M", f"--output={peak.name}", *argv]
        redirections = [
            (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, output.fileno(), 2),
            (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0) if discard
            else (os.POSIX_SPAWN_DUP2, output.fileno(), 1),
        ]
        begin = time.monotonic()
        try:
            child = os.posix_spawnp(command[0], command, environment or ENVIRONMENT, file_actions=redirections)
        except FileNotFoundError:
            fail(f"{command[0]} is not there: scripts/install-deps bench")
        mebibytes = watch_anonymous(child) / 1024 if peak_anonymous else None
        _, status, usage = os.wait4(child, 0)
        seconds = time.monotonic() - begin
        output.seek(0)
        text = output.read().decode(errors="replace").strip()
        if status != 0:
            fail(f"{' '.join(argv)} failed with status {os.waitstatus_to_exitcode(status)}: {text}")
        if peak_resident:
            mebibytes = int(peak.read()) / 1024
        return Sample(seconds, usage, mebibytes, text)


def watch_anonymous(child: int) -> int:
    """The highest RssAnon of a process in KiB, seen until it ends; it is left for the caller to wait for."""
    highest = 0
    status = os.open(f"/proc/{child}/status", os.O_RDONLY | os.O_CLOEXEC)
    try:
        while os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            # A process that has given its memory back but has not ended yet has no such line.
            if found := re.search(rb"^RssAnon:\s*(\d+) kB", os.pread(status, 4096, 0), re.MULTILINE):
                highest = max(highest, int(found[1]))
            time.sleep(0.0005)
    finally:
        os.close(status)
    return highest


def show(*commands) -> None:
    print("".join(f"  $ {command}\n" for command in commands), end="", flush=True)


def take_turns(contenders, runs) -> list[list[Sample]]:
    """Samples of each contender, a function that runs it once; the order is turned round in every second round."""
    samples = [[] for _ in contenders]
    for number in range(runs):
        order = range(len(contenders)) if number % 2 == 0 else reversed(range(len(contenders)))
        for index in order:
            samples[index].append(contenders[index]())
    return samples


def counting(server, contender):
    """The same contender, with what it asked of a server, `servers.Server`."""

    def sample() -> Sample:
        server.requests()
        sample = contender()
        sample.requests = server.requests()
        return sample

    return sample
