// What happened, in words: pure functions from a place in the book to sentences and figures.

import { nameOf } from "./accounts";
import type { History } from "./history";
import { textOf, words } from "./language";
import type { Account, JournalEntry, Posting, Refusal } from "./ledger";
import { metersOf, type Meter } from "./meters";
import { formatCount, formatMoney } from "./money";
import { formatDate } from "./moment";
import { movesOf, movesWanted, type Move } from "./moves";
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
  /** The entries looked at; none of a refusal. */
  entries: readonly JournalEntry[];
  moves: Move[];
  /** Where a refused step's money would have gone. */
  wanted: ReturnType<typeof movesWanted>;
  meters: Meter[];
  note: string;
  /** The caller's own words, in whatever language. */
  quote: string | null;
  reversal: { entry: JournalEntry; postings: Reversed[] } | null;
}

type Money = (minor: bigint | string) => string;
type Sentences = Pick<Story, "headline" | "details">;

/** What entries of one step did: all of them, or the one looked at. */
export function storyOf(history: History, entries: readonly JournalEntry[], happening: Happening, place: number): Story {
  const money: Money = (minor) => formatMoney(BigInt(minor), history.book.currency);
  const entry = entries.at(-1) as JournalEntry;
  return {
    label: words().causes[entry.cause],
    about: entries.length > 1 ? "" : entry.cause === "refund" ? chargeOf(history, entry) : entry.source,
    ...sentences(history, entries, money),
    changes: changes(history, entries),
    entries,
    moves: movesOf(entries),
    wanted: [],
    meters: entries.length === happening.seqAfter - happening.seqBefore ? metersOf(history, happening, place) : [],
    note: textOf(happening.step.note ?? ""),
    quote: quoteOf(happening.step),
    reversal: reversalOf(history, entry),
  };
}

function sentences(history: History, entries: readonly JournalEntry[], money: Money): Sentences {
  const entry = entries.at(-1) as JournalEntry;
  const say = words().story;
  const amount = money(entries.reduce((sum, { postings }) => sum + BigInt(postings[0]?.amount ?? "0"), 0n));
  const fee = entry.postings[1];
  switch (entry.cause) {
    case "charge":
      return chargeSentences(history, entry, money);
    case "maturity":
      return { headline: say.maturity(amount, entries.length, formatCount(entries.length)), details: [say.maturityDetail] };
    case "refund":
      return refundSentences(history, entry, money);
    case "refund_failure":
      return { headline: say.failure(amount), details: [say.failureDetail] };
    case "payout":
      return { headline: say.payout(amount), details: [say.payoutDetail] };
    case "payout_paid":
      return { headline: say.paid(amount), details: [say.paidDetail] };
    case "payout_failed":
      return { headline: say.payoutFailed(amount), details: [say.payoutFailedDetail] };
    case "payout_returned":
      return { headline: say.returned(amount), details: [say.returnedDetail] };
    case "topup":
      return { headline: say.topup(amount), details: [say.topupDetail] };
    case "settlement":
      return entry.postings[0]?.debit === "bank"
        ? { headline: say.settlement(amount), details: [say.settlementDetail] }
        : { headline: say.takenBack(amount), details: [say.takenBackDetail] };
    case "adjustment":
      return { headline: entry.postings[0]?.credit === "available" ? say.gave(amount) : say.took(amount), details: [say.adjustmentDetail] };
    case "dispute":
      return { headline: say.dispute(amount), details: [say.disputeDetail, ...(fee ? [say.disputeFee(money(fee.amount))] : [])] };
    case "dispute_won":
      return { headline: say.won(amount), details: [say.wonDetail, ...(fee ? [say.feeReturned(money(fee.amount))] : [])] };
    case "dispute_lost":
      return { headline: say.lost, details: [say.lostDetail] };
    case "handed_over":
      return { headline: say.handedOver, details: [say.handoverDetail] };
    case "taken_over":
      return { headline: say.takenOver, details: [say.takeoverDetail] };
  }
}

function chargeSentences(history: History, entry: JournalEntry, money: Money): Sentences {
  const charge = history.book.chargeById(entry.source);
  const say = words().story;
  const net = money(BigInt(charge.amountCaptured) - BigInt(charge.fee));
  const date = formatDate(charge.availableOn);
  return {
    headline: say.charge(money(charge.amountCaptured)),
    details: [charge.fee === "0" ? say.chargeWithoutFee(net, date) : say.chargeDetail(money(charge.fee), net, date)],
  };
}

function refundSentences(history: History, entry: JournalEntry, money: Money): Sentences {
  const charge = history.book.chargeById(chargeOf(history, entry));
  const say = words().story;
  const amount = entry.postings[0]?.amount ?? "0";
  const captured = BigInt(charge.amountCaptured);
  const { refunded, disputed } = history.givenBackAt(charge.id, entry.seq);
  const hasFee = charge.fee !== "0";
  const got = BigInt(amount) === captured ? say.refund(money(amount)) : say.refundPart(money(amount), money(captured));
  const hasMatured = (history.maturityOf(charge.id) ?? Infinity) < entry.seq || BigInt(charge.fee) === captured;
  const net = money(captured - BigInt(charge.fee));
  const left = captured - refunded - disputed;
  return {
    headline: hasFee ? `${got} ${say.keepsFee(money(charge.fee))}` : got,
    details: [
      hasMatured ? say.takenAtOnce : say.takenWhilePending(net, formatDate(charge.availableOn)),
      ...(left > 0n ? [say.partLeft(money(left))] : hasFee && refunded === captured ? [say.outOfPocket(money(charge.fee))] : []),
    ],
  };
}

/** The charge that a refund gives back: the source of the entry that it reverses. */
function chargeOf(history: History, refund: JournalEntry): string {
  return (refund.reverses && history.entryById(refund.reverses)?.source) || "";
}

function changes(history: History, entries: readonly JournalEntry[]): Change[] {
  const [before, after] = [history.balancesAt((entries[0]?.seq ?? 1) - 1), history.balancesAt(entries.at(-1)?.seq ?? 0)];
  const touched = new Set(entries.flatMap(({ postings }) => postings.flatMap(({ debit, credit }) => [debit, credit])));
  return [...touched].map((account) => ({ account, name: nameOf(account), before: before[account], after: after[account] }));
}

function reversalOf(history: History, entry: JournalEntry): Story["reversal"] {
  const reversed = entry.reverses ? history.entryById(entry.reverses) : undefined;
  if (!reversed) return null;
  // A posting is given back by one between the same accounts the other way round; a refund's goes to
  // available, whether or not the charge's funds have left pending.
  const back = (posting: Posting) => entry.postings.find((mine) => mine.debit === posting.credit && mine.credit === posting.debit) ?? null;
  const postings = reversed.postings.map((posting, place) => {
    const giving = place === 0 ? entry.postings[0] : back(posting);
    return { posting, givenBack: BigInt(giving?.amount ?? "0") };
  });
  return { entry: reversed, postings };
}

function quoteOf(step: Step): string | null {
  if (step.do === "refund") return step.request.description ?? null;
  if ("description" in step) return step.description ?? null;
  return null;
}

/** The id that a step names. */
export function aboutOf(step: Step): string {
  if (step.do === "refund") return step.request.chargeId ?? step.request.paymentIntentId ?? "";
  if (step.do === "dispute") return step.chargeId;
  if (step.do === "win" || step.do === "lose") return step.dispute;
  if (step.do === "conclude") return step.payout;
  return "id" in step ? step.id : "";
}

/** What came of a step that made no entry: a refusal, a replay, or nothing to do. */
export function storyWithoutEntry(history: History, happening: Happening, place: number): Story {
  const { step, outcome, seqAfter } = happening;
  const money = (minor: string) => formatMoney(BigInt(minor), history.book.currency);
  const say = words().story;
  const ends = say.nothingPosted(seqAfter, formatCount(seqAfter));
  const bare = {
    about: aboutOf(step),
    changes: [],
    entries: [],
    moves: [],
    wanted: outcome.kind === "refused" ? movesWanted(step, step.do === "refund" ? history.askedBy(step.request, seqAfter) : null) : [],
    meters: metersOf(history, happening, place),
    note: textOf(step.note ?? ""),
    quote: null,
    reversal: null,
  };
  switch (outcome.kind) {
    case "refused":
      return { ...bare, label: outcome.refusal.replayed ? say.refusedAgain : say.refused, headline: refusedHeadline(outcome.refusal, money), details: [ends] };
    case "replayed":
      return { ...bare, label: say.replayedLabel, headline: say.replayed, details: [say.replayedDetail(money(outcome.value.amount)), ends] };
    case "set": {
      const limit = step.do === "limit" ? step.limit : null;
      return { ...bare, label: words().steps.limit, headline: limit === null ? say.noLimit : say.limit(money(`-${limit}`)), details: [say.limitDetail] };
    }
    case "released":
    case "recorded":
      return { ...bare, label: say.nothingDueLabel, headline: say.nothingDue, details: [ends] };
  }
}

/** A refusal in the page's words; amounts are the ledger's own facts. */
export function refusedHeadline({ code, refundable, spendable }: Refusal, money: (minor: string) => string): string {
  const { refusals } = words();
  const say = refusals[code] ?? refusals["other"];
  return say?.(money(refundable ?? spendable ?? "0")) ?? code;
}
