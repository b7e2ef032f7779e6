// Receipts, checked by the platform's own cryptography: no ledger is loaded.

import { equal, ok, thrown } from "./check.mjs";

/** What every checker is tried with; the Rust library makes it. */
async function vectors() {
  if (typeof window !== "undefined") return (await fetch("/vectors.json")).json();
  const { readFile } = await import("node:fs/promises");
  return JSON.parse(await readFile(new URL("../../receipt/tests/vectors.json", import.meta.url), "utf8"));
}

const checker = () => import("../pkg/receipt.js");

async function refused(call, code) {
  const error = await thrown(call);
  equal([error.name, error.code], ["ReceiptError", code], error.message);
  return error;
}

export const receipts = {
  async "what is proven is read and was signed"() {
    const { readReceipt, checkSignedBy } = await checker();
    const { receipts, key, otherKey } = await vectors();
    ok(receipts.length >= 5, "there are vectors");
    for (const { text, id, seq, size, amount, recordedAt } of receipts) {
      const receipt = await readReceipt(text);
      const { entry, checkpoint } = receipt;
      equal([entry.id, entry.seq, entry.amount, entry.recordedAt], [id, seq, amount, recordedAt]);
      equal([checkpoint.size, checkpoint.merchantId, entry.currency], [size, "acct_cairo", "EGP"]);
      await checkSignedBy(receipt, key);
      await refused(() => checkSignedBy(receipt, otherKey), "signature_invalid");
      await refused(() => checkSignedBy({ ...receipt, signature: null }, key), "signature_invalid");
    }
  },

  async "a published checkpoint was signed by its key"() {
    const { readSignedCheckpoint } = await checker();
    const { early, late, witnessed, forged: besideWitnesses, key, otherKey } = await vectors();
    for (const text of [late, witnessed]) equal((await readSignedCheckpoint(text, key)).size, 200);
    const error = await refused(() => readSignedCheckpoint(besideWitnesses, key), "signature_invalid");
    ok(error.message.includes("or is forged"), error.message);
    const [body, signature] = late.split("\n\n");
    const forged = signature.replace(/.{6}=\n$/, "AAAAAA=\n");
    equal((await readSignedCheckpoint(`${body}\n\n${forged}${signature}`, key)).size, 200);
    for (const [text, by] of [
      [late, otherKey],
      [`${body}\n`, key],
      [`${body}\n\n${forged}`, key],
      [`${early.split("\n\n")[0]}\n\n${signature}`, key],
    ]) {
      await refused(() => readSignedCheckpoint(text, by), "signature_invalid");
    }
    for (const [text, by] of [[late, "x"], ["x", key], [late.replace("— ", "- "), key]]) {
      await refused(() => readSignedCheckpoint(text, by), "checkpoint_invalid");
    }
  },

  async "what is no receipt is refused"() {
    const { readReceipt } = await checker();
    const { refused: texts } = await vectors();
    ok(texts.length >= 10, "there are vectors");
    for (const { text, code } of texts) await refused(() => readReceipt(text), code);
  },

  async "keys are read as they are written"() {
    const { readReceipt, checkSignedBy } = await checker();
    const { receipts, key } = await vectors();
    const receipt = await readReceipt(receipts[0].text);
    for (const other of [
      "",
      `PRIVATE+KEY+${key}`,
      key.replace("cairo", "luxor"),
      key.replace("+", " "),
      key.slice(0, -1),
      `${key}A`,
      key.replace("+d3a57471+", "+d3a57472+"),
      key.toUpperCase(),
    ]) {
      await refused(() => checkSignedBy(receipt, other), "checkpoint_invalid");
    }
  },

  async "checkpoints are consistent and no others are"() {
    const { readReceipt, checkUnder, readCheckpoint, checkConsistency } = await checker();
    const { receipts, early, late, consistency } = await vectors();
    const [older, newer] = [readCheckpoint(early), readCheckpoint(late)];
    await checkConsistency(older, newer, consistency);
    await checkConsistency(newer, newer, "");
    const root = "7".repeat(64);
    for (const [one, other] of [
      [newer, older],
      [{ ...older, root }, newer],
      [older, { ...newer, root }],
      [older, { ...newer, merchantId: "acct_giza" }],
      [newer, { ...newer, text: newer.text.replace("A", "B") }],
    ]) {
      await refused(() => checkConsistency(one, other, consistency), "checkpoint_inconsistent");
    }
    for (const proof of ["x", "AAAA", `${consistency}AAAA`]) {
      await refused(() => checkConsistency(older, newer, proof), "checkpoint_invalid");
    }
    for (const text of ["", "x", early.toUpperCase(), early.replace("\n77\n", "\n077\n"), early.replace("\n77:", "\n78:")]) {
      await refused(async () => readCheckpoint(text), "checkpoint_invalid");
    }
    const receipt = await readReceipt(receipts.find(({ size }) => size === 200).text);
    checkUnder(receipt, newer);
    await refused(async () => checkUnder(receipt, older), "checkpoint_inconsistent");
  },

  /** All of a thousand are flipped natively; here it is one receipt in each run, chosen at random. */
  async "every flipped bit of a receipt is noticed"() {
    const { readReceipt, checkSignedBy } = await checker();
    const { receipts, key } = await vectors();
    const { text } = receipts[Math.floor(Math.random() * receipts.length)];
    for (let at = 0; at < text.length; at += 1) {
      for (let bit = 0; bit < 7; bit += 1) {
        const letter = String.fromCharCode(text.charCodeAt(at) ^ (1 << bit));
        const flipped = `${text.slice(0, at)}${letter}${text.slice(at + 1)}`;
        const proves = readReceipt(flipped).then((receipt) => checkSignedBy(receipt, key));
        const told = await proves.then(() => "proven", (error) => error.name);
        equal(told, "ReceiptError", `bit ${bit} of letter ${at} of ${text}`);
      }
    }
  },
};
