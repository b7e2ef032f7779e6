// Finds entries by what people know of them: an id, a reference, an amount, a day.

import type { Book } from "refundry/full";
import { parseMajor } from "../money";
import type { BookIndex } from "./book-index";

/** The numbers of the entries that a text means, in order. */
export function find(book: Book, index: BookIndex, text: string, currency: string, exponent: number): number[] {
  const wanted = text.trim();
  if (wanted === "") return [];
  if (/^\d{4}-\d\d-\d\d$/.test(wanted)) return index.ofDay(Date.parse(`${wanted}T00:00:00.000Z`));
  const byId = entriesOfId(book, index, wanted);
  if (byId.length > 0) return byId;
  const amount = parseMajor(wanted, exponent);
  const byAmount = amount === null ? [] : index.ofAmount(BigInt(amount) < 0n ? -BigInt(amount) : BigInt(amount), currency);
  return sorted([...byAmount, ...entriesOfReference(book, index, wanted)]);
}

function entriesOfId(book: Book, index: BookIndex, id: string): number[] {
  const prefix = /^([a-z]+)_/.exec(id)?.[1];
  const ask: Record<string, () => number[]> = {
    je: () => [book.journalEntry(id).seq],
    bt: () => [seqOf(book.balanceTransaction(id).id)],
    re: () => [seqOf(book.refund(id).balanceTransactionId)],
    ch: () => entriesOfCharge(book, index, id),
    pi: () => book.charges({ paymentIntentId: id, limit: 100 }).data.flatMap((charge) => entriesOfCharge(book, index, charge.id)),
    dp: () => [seqOf(book.dispute(id).balanceTransactionId)],
    ho: () => entriesOf(index, [id]),
  };
  const transfer = () => [seqOf(book.transfer(id).journalEntryId)];
  try {
    return sorted((prefix && (ask[prefix] ?? (["po", "tu", "stl", "adj"].includes(prefix) ? transfer : undefined))?.()) || []);
  } catch {
    // What the ledger does not know is not found.
    return [];
  }
}

/** A charge, and what was refunded, disputed and handed over of it. */
function entriesOfCharge(book: Book, index: BookIndex, id: string): number[] {
  book.charge(id);
  const refunds = book.refunds({ chargeId: id, limit: 100 }).data;
  const disputes = book.disputes({ chargeId: id, limit: 100 }).data;
  const seqs = [...refunds, ...disputes].map(({ balanceTransactionId }) => seqOf(balanceTransactionId));
  const handovers = book.handovers({ chargeId: id, limit: 100 }).data;
  return [...seqs, ...entriesOf(index, [id, ...handovers.map((handover) => handover.id)])];
}

/** The entries that made these charges and hand-overs, as far as they have been read. */
function entriesOf(index: BookIndex, ids: string[]): number[] {
  return ids.map((id) => index.entryOf(id)).filter((seq) => seq !== undefined);
}

function entriesOfReference(book: Book, index: BookIndex, externalReference: string): number[] {
  if (!/^[\x21-\x7e]{1,64}$/.test(externalReference)) return [];
  const charges = book.charges({ externalReference, limit: 100 }).data;
  const refunds = book.refunds({ externalReference, limit: 100 }).data;
  const own = charges.flatMap(({ id }) => index.entryOf(id) ?? []);
  return [...own, ...refunds.map(({ balanceTransactionId }) => seqOf(balanceTransactionId))];
}

/** Lines of the statement and entries have the number in their ids. */
function seqOf(id: string): number {
  return Number(id.slice(id.indexOf("_") + 1));
}

function sorted(seqs: number[]): number[] {
  return [...new Set(seqs)].sort((one, other) => one - other);
}
