"""Three tills and headquarters: what was sold on one till is refunded on another, which is offline and
loses its power; every book comes home, and the customer's receipt proves the refund to anyone.

    round.py TERMINAL SERVER KILL_AT.so [CHECKER...]

CHECKER is a command that gets a receipt and a public key, and prints what the page of receipts says.
"""

import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "bindings/c/packaging"))
from till import DEADLINE, Till, power_returns, refund  # noqa: E402

NAMES = ["a", "b", "c"]
KEY_NAME = "tills.example"
HANDOVER = r"^rh1\.[\w-]+$"
RECEIPT = r"^rr1\.[\w-]+$"


def run(command):
    """What a command prints; and if it fails, why."""
    done = subprocess.run(command, timeout=60, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command[:3])} … failed:\n{done.stderr}")
    return done.stdout


def write_secret(path, text):
    """Writes a file that has a key: nobody else may read it, from its first moment on."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(text)


class Headquarters:
    """The server, with the ledger that has a copy of every till's book."""

    def __init__(self, program, folder):
        self.program = program
        self.ledger = os.path.join(folder, "headquarters.refundry")
        self.keys = {name: self.run("feed-key", "issue", f"acct_{name}").strip() for name in NAMES}
        command = [program, "serve", "--database", self.ledger, "--listen", "127.0.0.1:0"]
        self.log = open(os.path.join(folder, "headquarters.log"), "w+", encoding="utf-8")
        self.server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log)
        ready, _, _ = select.select([self.server.stdout], [], [], DEADLINE)
        said = self.server.stdout.readline().decode() if ready else ""
        if not said.startswith("listening on "):
            self.stop()
            self.say_why()
            raise SystemExit(f"headquarters does not listen; it said {said!r}")
        self.address = said.split()[-1]

    def run(self, *arguments):
        return run([self.program, *arguments, "--database", self.ledger])

    def show(self, *arguments):
        return json.loads(self.run("show", *arguments, "--json"))

    def is_known_to(self, folder, name):
        """Tells a till the address and its key, as a person who installs it would."""
        lines = [f'url = "{self.address}/feed"', f'header = "Authorization: Bearer {self.keys[name]}"']
        write_secret(Path(folder, f"{name}.refundry.home"), "\n".join(lines) + "\n")

    def stop(self):
        self.server.terminate()
        try:
            self.server.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait(timeout=60)

    def say_why(self):
        """Shows what the server logged, in which there are no keys."""
        self.log.seek(0)
        sys.stderr.write(self.log.read())


def show(who, said):
    """What a screen or a command said."""
    print(f"{who:>12} | " + said.strip("\n").replace("\n", f"\n{'':>12} | ") + "\n", flush=True)
    return said


def press(till, name, key, *answers):
    """Presses a key, answers the till's questions, and returns what it shows."""
    till.type(key)
    shown = ""
    for question, answer in answers:
        _, before = till.read(question)
        shown += before + question
        till.type(answer)
    return show(f"till {name}", shown + till.done())


def start(program, folder, name, **environment):
    ledger = os.path.join(folder, f"{name}.refundry")
    return Till([program], ledger, "EGP", name, environment=environment)


def hand_over(till):
    """A hands its sale to B, and refuses to give anything back from then on."""
    said = press(till, "a", "o", ("number: ", "1"), ("which till: ", "b"), ("[y/n] ", "y"))
    text = re.search(HANDOVER, said, re.M)[0]
    again = press(till, "a", "y")
    assert "Pressed again" in again and text in again
    said = press(till, "a", "r", ("number: ", "1"), ('all": ', "all"), ("[y/n] ", "y"))
    assert "handed over" in said and "Not done" in said, said
    return text


def refund_through_a_power_cut(program, kill_at, folder, text, at):
    """B takes the sale over and refunds a part of it; the power goes at one of its writes or syncs."""
    till = start(program, folder, "b", KILL_AT=str(at), LD_PRELOAD=kill_at)
    till.done()
    said = press(till, "b", "t", ("Hand-over: ", text))
    assert "TAKEN OVER" in said and "EGP 226.04" in said, said
    refund(till, "a-1", "109")
    shown, _ = till.read("till> ", None)
    assert shown is None and till.ended() == -signal.SIGKILL, "the power was to be cut"
    show("till b", "(the power goes; what was not synced is lost)")
    power_returns(os.path.join(folder, "b.refundry"))

    till = start(program, folder, "b")
    shown, said = till.read("Do it now? [y/n] ", "Don't do it again.")
    show("till b", said + shown)
    if shown == "Do it now? [y/n] ":
        till.type("y")
    show("till b", till.done())
    return till


def refund_offline(till, text):
    """B refunds no more than what was handed over, takes the text once, and has no network."""
    said = press(till, "b", "t", ("Hand-over: ", text))
    assert "done before" in said, said
    said = press(till, "b", "r", ("number: ", "a-1"), ('all": ', "117.05"), ("[y/n] ", "y"))
    assert "at most EGP 117.04" in said, said
    said = press(till, "b", "h")
    assert "Nothing is lost" in said, said


def print_receipt(till, refund_id):
    said = press(till, "b", "p", ("number: ", refund_id))
    assert KEY_NAME in said and "EGP 109.00" in said, said
    return re.search(RECEIPT, said, re.M)[0]


def send_home(till, name):
    said = press(till, name, "h")
    assert re.search(r"Headquarters has all \d+ recordings", said), said
    return re.search(r"^ *(\d+:[0-9a-f]{64})$", press(till, name, "d"), re.M)[1]


def keep_copy(folder, name):
    """A copy of a till's ledger, as somebody may restore it later."""
    old = Path(folder, "old")
    old.mkdir()
    for file in Path(folder).glob(f"{name}.refundry*"):
        shutil.copy(file, old)


def books_unlike_their_copies(program, folder):
    """What is no failure of the network is not to be sent again: a wrong key, a book that was begun anew,
    and one that was restored from an old copy."""
    new = Path(folder, "new")
    new.mkdir()
    home = Path(folder, "a.refundry.home").read_text(encoding="ascii")
    for where, name, key, says in [
        (new, "a", home.replace("fk_", "fk_x"), "Headquarters says: .*api_key_invalid"),
        (new, "a", home, "book_forked.*don't send again"),
        (Path(folder, "old"), "c", None, "don't send again"),
    ]:
        if key is not None:
            write_secret(where / f"{name}.refundry.home", key)
        till = start(program, where, name)
        till.done()
        said = press(till, name, "h")
        assert re.search(says, said, re.S) and "Nothing is lost" not in said, said
        till.switch_off()


def an_answer_that_steers(program, folder):
    """What comes from the network is shown, but can't clear the screen or write over it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(DEADLINE)

        def answer():
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(DEADLINE)
                while b"\r\n\r\n" not in connection.recv(65536):
                    pass
                connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n\x1b[2J\rAll is well\x9b\x07")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        address = f'url = "http://127.0.0.1:{listener.getsockname()[1]}/"\n'
        write_secret(Path(folder, "new/a.refundry.home"), address)
        till = start(program, Path(folder, "new"), "a")
        till.done()
        said = press(till, "a", "h")
        assert "Headquarters says: ?[2J?All is well??" in said, said
        till.switch_off()
        thread.join(DEADLINE)


def everything_is_home(headquarters, heads):
    """The copies are the tills' books, and over all books no more was given back than was paid."""
    verified = show("headquarters", headquarters.run("verify"))
    assert all(head in verified for head in heads), (heads, verified)
    charges = [headquarters.show("charge", f"acct_{name}", "ch_a-1") for name in ["a", "b"]]
    assert [charge["amountRefunded"] for charge in charges] == ["0", "10900"], charges
    assert [charge["amountElsewhere"] for charge in charges] == ["22604", "0"], charges
    hashes = {headquarters.show("handovers", f"acct_{name}")[0]["entryHash"] for name in ["a", "b"]}
    assert len(hashes) == 1, "both books name the same entry"
    [given_back] = headquarters.show("refunds", "acct_b")
    return given_back["id"]


def check(checker, receipt, key):
    """The page says who gave back how much; of an altered receipt it says that it proves nothing."""
    print(f"The receipt:\n{receipt}\nThe shop's public key:\n{key}\n")
    if not checker:
        print("Paste both into the page verify.html of the npm package.")
        return
    said = show("the page", run([*checker, receipt, key]))
    assert said.startswith("proven\n") and "109.00 EGP" in said and KEY_NAME in said, said
    altered = receipt[:80] + ("A" if receipt[80] != "A" else "B") + receipt[81:]
    assert run([*checker, altered, key]).startswith("nothing\n"), "an altered receipt proves nothing"


def play(program, server, kill_at, checker, folder, at):
    secret = os.path.join(folder, "b.refundry.secret")
    key = run([server, "receipt-key", KEY_NAME, secret]).strip()
    headquarters = Headquarters(server, folder)
    try:
        tills = {name: start(program, folder, name) for name in ["a", "c"]}
        for name, till in tills.items():
            till.done()
            headquarters.is_known_to(folder, name)
            if name == "c":
                keep_copy(folder, name)
            press(till, name, "s", ("Amount: ", "226.04"))
        send_home(tills["a"], "a")
        text = hand_over(tills["a"])

        nowhere = 'url = "http://127.0.0.1:1/feed"\n'  # nobody listens there
        write_secret(Path(folder, "b.refundry.home"), nowhere)
        tills["b"] = refund_through_a_power_cut(program, kill_at, folder, text, at)
        refund_offline(tills["b"], text)

        headquarters.is_known_to(folder, "b")
        heads = [send_home(till, name) for name, till in tills.items()]
        refund_id = everything_is_home(headquarters, heads)
        books_unlike_their_copies(program, folder)
        an_answer_that_steers(program, folder)
        receipt = print_receipt(tills["b"], refund_id)
        for till in tills.values():
            till.switch_off()
    except BaseException:
        headquarters.say_why()
        raise
    finally:
        headquarters.stop()
    check(checker, receipt, key)


def main():
    program, server, kill_at, *checker = sys.argv[1:]
    os.environ["no_proxy"] = "127.0.0.1"  # curl would ask a proxy for headquarters
    with tempfile.TemporaryDirectory() as folder:
        play(program, server, kill_at, checker, folder, at=5)


if __name__ == "__main__":
    main()
