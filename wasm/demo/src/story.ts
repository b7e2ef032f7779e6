// What happened, in words: pure functions from a place in the book to sentences and figures.

import { wordsOf } from "./accounts";
import type { History } from "./history";
import type { Account, JournalEntry, Posting, Refusal } from "./ledger";
import { formatMoney, type Currency } from "./money";
import { formatDate } from "./moment";
import type { Happening, Step } from "./step";

export interface Change {
  account: Account;
  name: string;
  before: bigint;
  after: bigint;
}

/** A posting of the reversed entry, and what this entry did to it. */
export interface Reversed {
  posting: Posting;
  givenBack: bigint;
}

export interface Story {
  label: string;
  /** The id of what it is about; of a refund, the charge. */
  about: string;
  headline: string;
  details: string[];
  changes: Change[];
  postings: readonly Posting[];
  /** The caller's own words, in whatever language. */
  quote: string | null;
  reversal: { entry: JournalEntry; postings: Reversed[] } | null;
}

export const LABELS: Record<JournalEntry["cause"], string> = {
  charge: "Charge",
  maturity: "Maturity",
  refund: "Refund",
  refund_failure: "Refund came back",
  payout: "Payout",
  payout_paid: "Payout paid",
  payout_failed: "Payout failed",
  payout_returned: "Payout returned",
  topup: "Top-up",
  settlement: "Settlement",
  adjustment: "Adjustment",
  dispute: "Dispute",
  dispute_won: "Dispute won",
  dispute_lost: "Dispute lost",
};

/** What an entry did. */
export function storyOf(history: History, entry: JournalEntry, happening: Happening | undefined): Story {
  const money = (minor: bigint | string) => formatMoney(BigInt(minor), history.book.currency);
  return {
    label: LABELS[entry.cause],
    about: entry.cause === "refund" ? chargeOf(history, entry) : entry.source,
    ...sentences(history, entry, money),
    changes: changes(history, entry),
    postings: entry.postings,
    quote: quoteOf(happening),
    reversal: reversalOf(history, entry),
  };
}

type Money = (minor: bigint | string) => string;
type Sentences = Pick<Story, "headline" | "details">;

function sentences(history: History, entry: JournalEntry, money: Money): Sentences {
  const amount = money(entry.postings[0]?.amount ?? "0");
  switch (entry.cause) {
    case "charge":
      return chargeSentences(history, entry, money);
    case "maturity":
      return {
        headline: `${amount} can be paid out now.`,
        details: ["The hold on a sale has ended: its money, less the fee, moved from pending to available."],
      };
    case "refund":
      return refundSentences(history, entry, money);
    case "refund_failure":
      return {
        headline: `A refund of ${amount} came back.`,
        details: ["The card’s bank returned it. The refund’s entry is reversed, the money is available again, and the charge can be refunded anew."],
      };
    case "payout":
      return { headline: `${amount} sent to the merchant’s bank.`, details: ["It is no longer available, and has not arrived: it is in transit."] };
    case "payout_paid":
      return { headline: `A payout of ${amount} arrived.`, details: ["The merchant has it, so the platform owes it no more."] };
    case "payout_failed":
      return { headline: `A payout of ${amount} failed on its way.`, details: ["It never arrived, so it is available again."] };
    case "payout_returned":
      return { headline: `A payout of ${amount} was sent back.`, details: ["It had arrived, and the merchant’s bank returned it: it is available again."] };
    case "topup":
      return { headline: `The merchant paid in ${amount}.`, details: ["It is available at once, and fills what refunds took."] };
    case "settlement":
      return { headline: `The acquirer settled ${amount}.`, details: ["What it owed for payments moved to the platform’s bank. The merchant’s funds did not change."] };
    case "adjustment": {
      const gives = entry.postings[0]?.credit === "available";
      return {
        headline: gives ? `The platform gave ${amount}.` : `The platform took ${amount}.`,
        details: ["A correction between the platform’s losses and what the merchant has available."],
      };
    }
    case "dispute":
      return { headline: `The customer’s bank took ${amount} back.`, details: ["The customer disputes the sale. Until that is over, only the rest of the charge can be refunded."] };
    case "dispute_won":
      return { headline: `A dispute of ${amount} was won.`, details: ["The merchant was right: the money is available again."] };
    case "dispute_lost":
      return { headline: "A dispute was lost.", details: ["The customer keeps the money. It had moved when the dispute was opened."] };
  }
}

function chargeSentences(history: History, entry: JournalEntry, money: Money): Sentences {
  const charge = history.book.chargeById(entry.source);
  const net = BigInt(charge.amountCaptured) - BigInt(charge.fee);
  return {
    headline: `A customer paid ${money(charge.amountCaptured)}.`,
    details: [
      `The platform keeps a fee of ${money(charge.fee)}. The other ${money(net)} is the merchant’s, pending until ${formatDate(charge.availableOn)}.`,
    ],
  };
}

function refundSentences(history: History, entry: JournalEntry, money: Money): Sentences {
  const charge = history.book.chargeById(chargeOf(history, entry));
  const amount = entry.postings[0]?.amount ?? "0";
  const captured = BigInt(charge.amountCaptured);
  const [before, after] = [history.balancesAt(entry.seq - 1), history.balancesAt(entry.seq)];
  const isFull = BigInt(amount) === captured;
  const net = money(captured - BigInt(charge.fee));
  const matured = (history.maturityOf(charge.id) ?? Infinity) < entry.seq;
  const when = matured ? "." : `, while the sale’s own ${net} is still pending until ${formatDate(charge.availableOn)}.`;
  const owes = after.available < 0n && before.available >= 0n ? " From here on the merchant owes the platform." : "";
  return {
    headline: `The customer got ${money(amount)} back${isFull ? "" : ` of ${money(captured)}`}. The platform keeps its fee of ${money(charge.fee)}.`,
    details: [`The money was taken from the merchant’s available balance at once${when}${owes}`],
  };
}

/** The charge that a refund gives back: the source of the entry that it reverses. */
function chargeOf(history: History, refund: JournalEntry): string {
  return (refund.reverses && history.entryById(refund.reverses)?.source) || "";
}

function changes(history: History, entry: JournalEntry): Change[] {
  const [before, after] = [history.balancesAt(entry.seq - 1), history.balancesAt(entry.seq)];
  const touched = new Set(entry.postings.flatMap(({ debit, credit }) => [debit, credit]));
  return [...touched].map((account) => ({
    account,
    name: wordsOf(account).name,
    before: before[account],
    after: after[account],
  }));
}

function reversalOf(history: History, entry: JournalEntry): Story["reversal"] {
  const reversed = entry.reverses ? history.entryById(entry.reverses) : undefined;
  if (!reversed) return null;
  const amount = BigInt(entry.postings[0]?.amount ?? "0");
  // The first posting of a charge is the payment, the second the platform's fee.
  const postings = reversed.postings.map((posting, place) => ({ posting, givenBack: place === 0 ? amount : 0n }));
  return { entry: reversed, postings };
}

function quoteOf(happening: Happening | undefined): string | null {
  if (!happening) return null;
  const { step } = happening;
  if (step.do === "refund") return step.request.description ?? null;
  if ("description" in step) return step.description ?? null;
  return null;
}

/** The id that a step names. */
export function aboutOf(step: Step): string {
  if (step.do === "refund") return step.request.chargeId ?? step.request.paymentIntentId ?? "";
  if (step.do === "conclude") return step.payout;
  return "id" in step ? step.id : "";
}

/** What came of a step that made no entry: a refusal, a replay, or nothing to do. */
export function storyWithoutEntry(history: History, { step, outcome, seqAfter }: Happening): Story {
  const bare = { about: aboutOf(step), changes: [], postings: [], quote: null, reversal: null };
  const money = (minor: string) => formatMoney(BigInt(minor), history.book.currency);
  const ends = seqAfter === 0 ? "The journal is still empty." : `The journal still ends at entry ${seqAfter}.`;
  switch (outcome.kind) {
    case "refused":
      return {
        ...bare,
        label: outcome.refusal.replayed ? "Refused again" : "Refused",
        headline: refusedHeadline(outcome.refusal, money),
        details: [`The ledger says: ${outcome.refusal.message}.`, `Nothing was posted. ${ends}`],
      };
    case "replayed":
      return {
        ...bare,
        label: "Replayed",
        headline: "Same key, same answer: nothing happened again.",
        details: [
          `This idempotency key had been used for this very request, so the ledger gave its first answer again: ${money(outcome.value.amount)}, once. No money moved.`,
          ends,
        ],
      };
    case "set":
      return { ...bare, label: "Limit", headline: limitHeadline(step.do === "limit" ? step.limit : null, history.book.currency), details: ["Only refunds check it. What is pending does not count."] };
    case "released":
    case "recorded":
      return { ...bare, label: "Nothing due", headline: "Nothing was due to mature.", details: [ends] };
  }
}

function limitHeadline(limit: string | null, currency: Currency): string {
  if (limit === null) return "Refunds may take the available balance below zero without limit.";
  return `Refunds may take the available balance to ${formatMoney(-BigInt(limit), currency)}, no lower.`;
}

function refusedHeadline({ code, refundable, spendable }: Refusal, money: (minor: string) => string): string {
  switch (code) {
    case "charge_already_refunded":
      return "Refused: this charge has been refunded in full already.";
    case "amount_exceeds_refundable":
      return `Refused: only ${money(refundable ?? "0")} of this charge is left to refund.`;
    case "balance_insufficient":
      return `Refused: the merchant can spend ${money(spendable ?? "0")}, no more.`;
    case "idempotency_key_reused":
      return "Refused: this key belongs to a different request.";
    case "resource_missing":
      return "Refused: the ledger knows no such payment.";
    case "resource_invalid_state":
      return "Refused: it is not in a state that allows this.";
    default:
      return "Refused: the request itself is wrong.";
  }
}
