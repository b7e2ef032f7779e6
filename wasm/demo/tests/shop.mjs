// Makes the scenario of a real shop's days from the project's test data: the British book of it,
// with every cancellation at its place among the invoices.

import { readFileSync } from "node:fs";

const DATA = new URL("../../../tests/data/", import.meta.url);
const MERCHANT = "acct_united_kingdom";
const DAY = 86_400_000;

/** The text of `src/scenarios/shop.json`. */
export function shopScenario() {
  const charges = lines("retail.jsonl").filter(
    ({ object, merchantId }) => object === "charge" && merchantId === MERCHANT,
  );
  const refunds = lines("retail-refunds.jsonl").filter(({ merchantId }) => merchantId === MERCHANT);
  const numbered = [
    ...charges.map((charge) => ({ number: Number(charge.id.slice("ch_".length)), charge })),
    ...refunds.map((refund) => ({ number: Number(refund.idempotencyKey.slice(1)), refund })),
  ].sort((one, other) => one.number - other.number);

  const steps = [];
  let now = Date.parse(charges[0].createdAt);
  for (const { charge, refund } of numbered) {
    // A cancellation has no time of its own: it follows the invoice numbered before it.
    const next = charge ? Date.parse(charge.createdAt) : now;
    for (const midnight of midnightsBetween(now, next)) {
      steps.push({ at: iso(midnight), do: "release" });
    }
    now = next;
    steps.push(charge ? chargeStep(charge) : refundStep(refund, now));
  }
  steps.push({ at: iso(now + 2 * DAY), do: "release", note: { en: "All that was sold has matured.", ar: "استُحق كل ما بيع." } });

  const placeOf = (number) => steps.findIndex(({ key }) => key === number);
  steps[placeOf("C536379")].note = { en: "This was bought before the first day of the data, so the ledger doesn’t know it.", ar: "اشتُري هذا قبل أول يوم في البيانات، فلا يعرفه الدفتر." };
  steps[placeOf("C536812")].note = { en: "This cancellation is larger than the invoice that it names.", ar: "هذا الإلغاء أكبر من الفاتورة التي يسميها." };
  const focus = placeOf("C537024");
  steps[focus].note = { en: "A customer sends back a part of an order.", ar: "يعيد عميل جزءًا من طلب." };
  return print({
    title: { en: "A real shop", ar: "متجر حقيقي" },
    lead: { en: "392 invoices and 40 cancellations of a British gift shop, 1 to 5 December 2010, as they came. Most cancelled goods were bought earlier: the ledger refuses what it never saw paid.", ar: "392 فاتورة و40 إلغاء لمتجر هدايا بريطاني، من 1 إلى 5 ديسمبر 2010، كما وردت. اشتُري معظم ما أُلغي قبل ذلك: يرفض الدفتر ما لم يره مدفوعًا." },
    merchant: { id: MERCHANT, name: "A British gift shop" },
    currency: "GBP",
    seed: 4,
    focus,
    steps,
  });
}

function chargeStep({ id, paymentIntentId, amount, fee, availableOn, createdAt }) {
  return { at: createdAt, do: "charge", id, amount, fee, availableOn, intent: paymentIntentId };
}

function refundStep({ merchantId: _, idempotencyKey: key, ...request }, now) {
  return { at: iso(now), do: "refund", request, key };
}

function midnightsBetween(from, to) {
  const first = (Math.floor(from / DAY) + 1) * DAY;
  return Array.from({ length: Math.max(0, Math.ceil((to - first) / DAY)) }, (_, day) => first + day * DAY);
}

function lines(name) {
  return readFileSync(new URL(name, DATA), "utf8").trim().split("\n").map((line) => JSON.parse(line));
}

function iso(millis) {
  return new Date(millis).toISOString();
}

/** One step a line, so that a change is readable. */
function print({ steps, ...head }) {
  const fields = Object.entries(head).map(([name, value]) => `  "${name}": ${JSON.stringify(value)},\n`);
  const list = steps.map((step) => `    ${JSON.stringify(step)}`).join(",\n");
  return `{\n${fields.join("")}  "steps": [\n${list}\n  ]\n}\n`;
}
