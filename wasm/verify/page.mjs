// The page that checks receipts. Everything is in one file, so that it can be kept and used offline.

import { checkSignedBy, checkUnder, readCheckpoint, readReceipt } from "../ts/receipt.ts";
import decimals from "./decimals.json";

const element = (id) => document.getElementById(id);

/** An amount as people write it. A currency that is not in the list has two decimals. */
function major(minor, currency) {
  const places = decimals[currency] ?? 2;
  const digits = minor.padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${whole}${places > 0 ? `.${digits.slice(-places)}` : ""} ${currency}`;
}

const MOMENT = {
  day: "numeric",
  month: "long",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  timeZoneName: "short",
};

const REASONS = {
  duplicate: "paid twice",
  fraudulent: "fraud",
  requested_by_customer: "asked for by the customer",
};

/** What a receipt says, in plain words, and whether its signature was checked. */
function factsOf({ entry, checkpoint, signature }, isChecked) {
  const isRefund = entry.object === "refund";
  return [
    [isRefund ? "Given back" : "Paid", major(entry.amount, entry.currency)],
    ["When", new Date(entry.recordedAt).toLocaleString("en-GB", MOMENT)],
    [isRefund ? "Refund" : "Payment", entry.id],
    ["Of the payment", entry.chargeId],
    ["Reason", REASONS[entry.reason] ?? entry.reason],
    ["Reference", entry.externalReference],
    ["In the book of", checkpoint.merchantId],
    ["Entry", `number ${entry.seq}`],
    [isChecked ? "Signed by" : "Says that it is signed by", signature?.name ?? "nobody"],
  ].filter(([, value]) => value !== null && value !== undefined);
}

function tell(verdict, title, why, facts = []) {
  const result = element("result");
  result.hidden = false;
  result.dataset.verdict = verdict;
  element("verdict").textContent = title;
  element("why").textContent = why;
  const cells = facts.flatMap(([name, value]) => {
    const [term, told] = [document.createElement("dt"), document.createElement("dd")];
    [term.textContent, told.textContent] = [name, value];
    return [term, told];
  });
  element("facts").replaceChildren(...cells);
}

const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`;

const isCheckpoint = (trust) => trust.startsWith("refundry/");

const check = (receipt, trust) =>
  isCheckpoint(trust) ? checkUnder(receipt, readCheckpoint(trust)) : checkSignedBy(receipt, trust.replace(/\s/g, ""));

async function judge() {
  // Whoever copies a long line may get spaces and line breaks into it.
  const text = element("receipt").value.replace(/\s/g, "");
  const trust = element("trust").value.trim();
  try {
    if (text === "") throw new Error("There is no receipt yet: paste its text");
    const receipt = await readReceipt(text);
    if (trust === "") {
      const why = "The receipt is whole. Add what the shop has published, because anyone can make a receipt.";
      return tell("unproven", "Not proven yet", why, factsOf(receipt, false));
    }
    await check(receipt, trust);
    const by = isCheckpoint(trust) ? "the checkpoint that you gave" : `the key of ${receipt.signature.name}`;
    const what = receipt.entry.object === "refund" ? "refund" : "payment";
    tell("proven", "Proven", `By ${by}, this ${what} is in the shop's book.`, factsOf(receipt, !isCheckpoint(trust)));
  } catch (error) {
    const old = error.name === "NotSupportedError";
    tell("nothing", "Proves nothing", old ? "This browser is too old to check signatures." : sentence(error.message));
  }
}

/** Reads the code on a photo, where the browser can do that by itself. */
async function scan(file) {
  try {
    const codes = await new BarcodeDetector({ formats: ["qr_code"] }).detect(await createImageBitmap(file));
    if (codes.length === 0) throw new Error("no code was found on the photo; take it closer and straight");
    element("receipt").value = codes[0].rawValue;
    await judge();
  } catch (error) {
    tell("nothing", "Not read", sentence(error.message));
  }
}

element("form").addEventListener("submit", (event) => {
  event.preventDefault();
  void judge();
});
if ("BarcodeDetector" in window) element("scan").hidden = false;
element("photo").addEventListener("change", (event) => void scan(event.target.files[0]));
if (globalThis.crypto?.subtle === undefined) {
  tell("nothing", "Not here", "Browsers check signatures only on pages that came by https. Save this page and open the file.");
}
