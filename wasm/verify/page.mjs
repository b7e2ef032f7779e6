// The page that checks receipts. Everything is in one file, so that it can be kept and used offline.

import { checkSignedBy, checkUnder, readCheckpoint, readReceipt, readSignedCheckpoint } from "../ts/receipt.ts";
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

/** What a receipt says, in plain words; `key` is the one by which a signature was checked, if one was. */
function factsOf({ entry, checkpoint, signature }, key = "") {
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
    key === "" ? ["Says that it is signed by", signature?.name ?? "nobody"] : ["Signed by", key.split("+")[0]],
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

/** Checks a receipt by what the shop has published, and tells by what it is proven. */
async function check(receipt, key, published) {
  if (published === "") {
    await checkSignedBy(receipt, key);
    return `the key of ${receipt.signature.name}`;
  }
  checkUnder(receipt, key === "" ? readCheckpoint(published) : await readSignedCheckpoint(published, key));
  return `the checkpoint that you gave${key === "" ? "" : ", which the key signed"}`;
}

/** Whoever copies a long line may get spaces and line breaks into it. */
const lineOf = (id) => element(id).value.replace(/\s/g, "");

async function judge() {
  const [text, key] = [lineOf("receipt"), lineOf("key")];
  const published = element("checkpoint").value.trim();
  try {
    if (text === "") throw new Error("There is no receipt yet: paste its text");
    const receipt = await readReceipt(text);
    if (key === "" && published === "") {
      const why = "The receipt is whole. Add what the shop has published, because anyone can make a receipt.";
      return tell("unproven", "Not proven yet", why, factsOf(receipt));
    }
    const by = await check(receipt, key, published);
    const what = receipt.entry.object === "refund" ? "refund" : "payment";
    tell("proven", "Proven", `By ${by}, this ${what} is in the shop's book.`, factsOf(receipt, key));
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
