"""Uses the till as a person would, at a pseudo-terminal, and cuts its power.

    terminal.py KILL_AT.so PROGRAM...

Without a KILL_AT.so ("-") the power is not cut.
"""

import os
import re
import signal
import sys
import tempfile
from pathlib import Path

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
    assert "none altered" not in report, "there was no head to compare"
    till.type("d")
    assert "none altered since" in till.done()
    till.switch_off()
    kept = Path(folder, "day.refundry.head")
    assert kept.read_text(encoding="ascii") == head + "\n"
    bad_heads_are_seen(program, folder, kept, head)


def bad_heads_are_seen(program, folder, kept, head):
    till = Till(program, folder + "/day.refundry")
    till.done()
    for text, says in [(head[:-4] + ("0000" if head[-4:] != "0000" else "1111"), "Not done"), ("", "can't be read")]:
        kept.write_text(text, encoding="ascii")
        till.type("d")
        report = till.done()
        assert "all sound" not in report and says in report, report
        assert kept.read_text(encoding="ascii") == text, "it is left as it is"
    till.switch_off()


def slips_of_the_hand(program, folder):
    """What is typed too long is no answer to the next question, and a wrong name reaches no note."""
    till = Till(program, folder + "/slips.refundry")
    till.done()
    sell(till, "5")
    till.type("r")
    # Read in pieces, the end of this line would be the amount, and the next one its confirmation.
    till.answer(("Receipt number: ", "1"), ('all": ', "1" + "0" * 62 + "all"))
    assert "too long" in till.done()
    till.type("r")
    till.answer(("Receipt number: ", "1" * 40))
    said = till.done()
    assert "such a long number" in said and "There is no" not in said, said
    for name in ["b" * 24, "b c", "B", "../b"]:
        till.type("o")
        till.answer(("number: ", "1"), ("which till: ", name))
        assert "a till's name has 1 to 23" in till.done(), name
    assert given_back(till, 1) == 0
    till.switch_off()


def a_press_in_doubt(program, folder):
    """While a press is noted nothing else is begun; and a note that can't be read stops the till."""
    ledger = folder + "/doubt.refundry"
    till = Till(program, ledger)
    till.done()
    sell(till, "5")
    note = Path(ledger + ".pending")
    note.write_text("no note\n", encoding="ascii")
    till.type("r")
    till.answer(("Receipt number: ", "1"), ('all": ', "1"))
    assert "has an earlier press" in till.done()
    till.switch_off()
    till = Till(program, ledger)
    _, said = till.read(None)
    assert "not a till's note" in said and "The till stops" in said and till.ended() == 1, said
    assert note.read_text(encoding="ascii") == "no note\n"


def cut_off(program, kill_at, ledger, at, press):
    """Cuts the power at one of a press's writes and syncs, or of those when the till is switched off after it.
    Returns whether the press was acknowledged and what was shown; None if there are not so many."""
    till = Till(program, ledger, environment={"KILL_AT": str(at), "LD_PRELOAD": kill_at})
    till.done()
    press(till)
    shown, said = till.read("till> ", None)
    if shown:
        till.type("q")  # which moves the write-ahead log into the file: more to cut off
        till.read(None)
    ending = till.ended()
    if ending == 0:
        return None
    assert ending == -signal.SIGKILL, ending
    power_returns(ledger)
    return shown is not None, said


def power_cuts(program, kill_at, folder):
    """Cuts the power at every write and sync of a refund, and asks the till what became of it."""
    ledger = folder + "/cuts.refundry"
    till = Till(program, ledger)
    till.done()
    sell(till, "100")
    till.switch_off()
    expected, seen = 0, {"nothing pending": 0, "done": 0, "not done": 0}
    for at in range(200):
        cut = cut_off(program, kill_at, ledger, at, lambda till: refund(till, "1", "1"))
        if cut is None:
            break
        acknowledged, _ = cut
        expected += 100 if acknowledged else 0

        till = Till(program, ledger)
        what, before = till.read("Do it now? [y/n] ", "Don't do it again.", "till> ")
        if what == "till> ":
            assert "The till stopped" not in before and (acknowledged or at == 0), f"at {at}"
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
    return sum(seen.values())


def failures(program, kill_at, folder, steps):
    """The disk fails once, at every write and sync of a refund: a press gives back once, and while the till
    can't tell what became of it, there is no other."""
    ledger = folder + "/failures.refundry"
    till = Till(program, ledger)
    till.done()
    sell(till, "100")
    till.switch_off()
    expected, seen = 0, {"served on": 0, "in doubt": 0}
    for at in range(steps):
        till = Till(program, ledger, environment={"FAIL_AT": str(at), "LD_PRELOAD": kill_at})
        till.done()
        refund(till, "1", "1")
        shown, said = till.read("till> ", None)
        if shown:
            seen["served on"] += 1
            till.type("q")
            till.read(None)
            assert till.ended() == 0
        else:
            seen["in doubt"] += 1
            assert "The till stops" in said and till.ended() == 1, f"at {at}: {said}"
        till = Till(program, ledger)
        what, before = till.read("Do it now? [y/n] ", "Don't do it again.", "till> ")
        if what == "Do it now? [y/n] ":
            till.type("y")
        if what != "till> ":
            till.done()
        assert shown or what != "till> ", f"at {at}: {said}{before}"
        expected += 100 if "REFUND" in said or what != "till> " else 0
        assert given_back(till, 1) == expected, f"at {at}"
        till.switch_off()
    assert all(seen.values()), seen
    print(f"failures of each of {steps} writes and syncs of a refund: {seen}")


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

        def hand_over(till, receipt=receipt):
            till.type("o")
            till.answer(("number: ", receipt), ("which till: ", "other"), ("[y/n] ", "y"))

        cut = cut_off(program, kill_at, ledger, at, hand_over)
        if cut is None:
            break
        acknowledged, before = cut

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
        assert was_told or not acknowledged, f"at {at}"
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
        slips_of_the_hand(program, folder)
        a_press_in_doubt(program, folder)
        if kill_at != "-":
            steps = power_cuts(program, kill_at, folder)
            failures(program, kill_at, folder, steps)
            handover_cuts(program, kill_at, folder)


if __name__ == "__main__":
    main()
