"""The till at a pseudo-terminal, as a person uses it, and how its power is cut."""

import glob
import os
import pty
import re
import select
import signal
import time

DEADLINE = 120  # seconds for one answer, also on a busy machine


class Till:
    """The program at a pseudo-terminal."""

    def __init__(self, program, *arguments, environment=()):
        self.shown = ""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(environment)
            os.execvp(program[0], [*program, *arguments])

    def read(self, *expected):
        """Reads until one of the texts, or the end if it is None; returns which, and all before."""
        end = time.monotonic() + DEADLINE
        while True:
            for text in expected:
                if text is not None and text in self.shown:
                    before, _, self.shown = self.shown.partition(text)
                    return text, before
            ready, _, _ = select.select([self.terminal], [], [], max(0, end - time.monotonic()))
            assert ready, f"not shown in time: {expected}, but {self.shown!r}"
            try:
                more = os.read(self.terminal, 65536)
            except OSError:  # Linux says so when the program has ended
                more = b""
            if not more:
                assert None in expected, f"it ended before {expected}: {self.shown!r}"
                return None, self.shown
            self.shown += more.decode().replace("\r\n", "\n")

    def type(self, text):
        os.write(self.terminal, text.encode() + b"\n")

    def answer(self, *pairs):
        """Waits for each question and types its answer."""
        for question, text in pairs:
            self.read(question)
            self.type(text)

    def done(self):
        """What was shown until the next prompt."""
        return self.read("till> ")[1]

    def ended(self):
        """How it ended: its exit code, or minus the number of a signal."""
        end = time.monotonic() + DEADLINE
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid != 0:
                break
            if time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                raise AssertionError("the till did not end in time")
            time.sleep(0.002)
        os.close(self.terminal)
        return os.waitstatus_to_exitcode(status)

    def switch_off(self):
        self.type("q")
        self.read(None)
        assert self.ended() == 0


def sell(till, amount):
    till.type("s")
    till.answer(("Amount: ", amount))
    return till.done()


def refund(till, receipt, amount, green="y"):
    till.type("r")
    till.answer(("Receipt number: ", receipt), ("all\": ", amount), ("[y/n] ", green))


def given_back(till, receipt):
    """In minor units, as the list of receipts says."""
    till.type("l")
    line = re.search(rf"till-{receipt} .*", till.done())[0]
    amount = re.search(r"EGP (\d+)\.(\d\d) given back", line)
    return int(amount[1] + amount[2]) if amount else 0


def power_returns(ledger):
    """Takes a till's files back to what was synced before the power went; kill_at.c kept that."""
    for name in glob.glob(glob.escape(ledger) + "*"):
        file, ending = os.path.splitext(name)
        if name.endswith("-shm"):  # memory that processes share; it is on no disk
            os.remove(name)
        elif ending == ".synced" and os.path.exists(file):
            os.replace(name, file)
        elif ending == ".synced":
            os.remove(name)
