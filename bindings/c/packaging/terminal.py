"""Uses the till as a person would, at a pseudo-terminal, and cuts its power.

    terminal.py KILL_AT.so PROGRAM...

Without a KILL_AT.so ("-") the power is not cut.
"""

import os
import re
import signal
import sys
import tempfile

from till import Till, given_back, power_returns, refund, sell


def a_day(program, folder):
    till = Till(program, folder + "/day.refundry")
    till.done()
    assert re.search(r"SALE.*receipt till-1 .*EGP 226\.04", sell(till, "226.04"), re.S)
    assert "receipt till-2 " in sell(till, "3.5")
    for wrong in ["5.555", "-1", "1e3", ".5", "x", "1,000"]:
        assert "an amount looks like 226.04" in sell(till, wrong), wrong
    assert "from 1 to 9007199254740991" in sell(till, "99999999999999.00")

    refund(till, "1", "109")
    first = re.search(r"REFUND.*EGP 109\.00.*(re_\w+)", till.done(), re.S)[1]
    till.type("y")  # the green key, pressed twice
    again = till.done()
    assert "Pressed again" in again and first in again
    assert given_back(till, 1) == 10900

    refund(till, "1", "200")
    assert "at most EGP 117.04 can still be given back" in till.done()
    refund(till, "1", "all", green="n")
    till.done()
    till.type("y")  # there is nothing to press again: the last refund was called off
    assert "s sale" in till.done()
    assert given_back(till, 1) == 10900
    refund(till, "1", "all")
    assert "EGP 117.04" in till.done()
    refund(till, "1", "all")
    assert "refunded in full already" in till.done()
    till.type("r")
    till.answer(("Receipt number: ", "7"))
    assert "no receipt till-7" in till.done()

    till.type("d")
    report = till.done()
    for line in ["2 sales +EGP 229.54", "2 refunds +EGP -226.04", "takings +EGP 3.50", "4 entries"]:
        assert re.search(line, report), report
    head = re.search(r"4:[0-9a-f]{64}", report)[0]
    till.switch_off()
    with open(folder + "/day.refundry.heads", encoding="ascii") as heads:
        assert heads.read() == head + "\n"
    a_forged_head_is_seen(program, folder, head)


def a_forged_head_is_seen(program, folder, head):
    with open(folder + "/day.refundry.heads", "a", encoding="ascii") as heads:
        heads.write(head[:-4] + ("0000" if head[-4:] != "0000" else "1111") + "\n")
    till = Till(program, folder + "/day.refundry")
    till.done()
    till.type("d")
    report = till.done()
    assert "all sound" not in report and "Not done" in report, report
    till.switch_off()


def power_cuts(program, kill_at, folder):
    """Cuts the power at every write and sync of a refund, and asks the till what became of it."""
    ledger = folder + "/cuts.refundry"
    till = Till(program, ledger)
    till.done()
    sell(till, "100")
    till.switch_off()
    expected, seen = 0, {"nothing pending": 0, "done": 0, "not done": 0}
    for at in range(200):
        till = Till(program, ledger, environment={"KILL_AT": str(at), "LD_PRELOAD": kill_at})
        till.done()
        refund(till, "1", "1")
        acknowledged, _ = till.read("till> ", None)
        if acknowledged:
            expected += 100
            till.type("q")  # which moves the write-ahead log into the file: more to cut off
            till.read(None)
        ending = till.ended()
        if ending == 0:
            break
        assert ending == -signal.SIGKILL, ending
        power_returns(ledger)

        till = Till(program, ledger)
        what, before = till.read("Do it now? [y/n] ", "Don't do it again.", "till> ")
        if what == "till> ":
            assert "The power went" not in before and (acknowledged or at == 0), f"at {at}"
            seen["nothing pending"] += 1
        elif what == "Do it now? [y/n] ":
            assert "refund of EGP 1.00, receipt till-1" in before and "NOT done" in before
            assert not acknowledged, f"at {at}"
            seen["not done"] += 1
            do_it = at % 2 == 0
            till.type("y" if do_it else "n")
            till.done()
            expected += 100 if do_it else 0
        else:
            assert "It WAS done" in before and not acknowledged, f"at {at}"
            seen["done"] += 1
            till.done()
            expected += 100
        assert given_back(till, 1) == expected, f"at {at}"
        till.type("d")
        assert "all sound" in till.done()
        till.switch_off()
    else:
        raise AssertionError("the refund never came to its end")
    assert all(seen.values()), seen
    print(f"power cuts during a refund at each of {sum(seen.values())} writes and syncs: {seen}")


def handover_cuts(program, kill_at, folder):
    """Cuts the power at every write and sync of a hand-over: either the till can still refund the sale, or
    it shows the text for the customer again."""
    ledger = folder + "/handovers.refundry"
    names = {"till> ": "nothing pending", "Don't do it again.": "done", "Do it now? [y/n] ": "not done"}
    seen = dict.fromkeys(names.values(), 0)
    for at in range(200):
        receipt = str(at + 1)
        till = Till(program, ledger)
        till.done()
        sell(till, "1")
        till.switch_off()
        till = Till(program, ledger, environment={"KILL_AT": str(at), "LD_PRELOAD": kill_at})
        till.done()
        till.type("o")
        till.answer(("number: ", receipt), ("which till: ", "other"), ("[y/n] ", "y"))
        shown, before = till.read("till> ", None)
        if shown:
            till.type("q")
            till.read(None)
        ending = till.ended()
        if ending == 0:
            break
        assert ending == -signal.SIGKILL, ending
        power_returns(ledger)

        till = Till(program, ledger)
        what, again = till.read(*reversed(names))
        seen[names[what]] += 1
        if names[what] == "not done":
            till.type("n")
        if names[what] != "nothing pending":
            again += till.done()
        text = re.compile(r"^rh1\.", re.M)
        assert text.search(again) or names[what] != "done", f"at {at}: the customer may not have it"
        was_told = text.search(before + again) is not None
        assert was_told or not shown, f"at {at}"
        refund(till, receipt, "1")
        assert ("handed over to another till" in till.done()) == was_told, f"at {at}"
        till.switch_off()
    else:
        raise AssertionError("the hand-over never came to its end")
    assert all(seen.values()), seen
    print(f"power cuts during a hand-over at each of {sum(seen.values())} writes and syncs: {seen}")


def main():
    kill_at, program = sys.argv[1], sys.argv[2:]
    os.environ["TZ"] = "Africa/Cairo"
    with tempfile.TemporaryDirectory() as folder:
        a_day(program, folder)
        if kill_at != "-":
            power_cuts(program, kill_at, folder)
            handover_cuts(program, kill_at, folder)


if __name__ == "__main__":
    main()
