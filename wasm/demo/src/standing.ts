// Who owes whom, in sentences that are true in every state of a book.

import { words } from "./language";
import type { Balances } from "./ledger";
import { formatMoney, type Currency } from "./money";

export function standingOf({ available, pending, bank, clearing }: Balances, currency: Currency): string[] {
  const money = (minor: bigint) => formatMoney(minor, currency);
  const say = words().standing;
  const sentences = [merchantStanding(available, pending, money)];
  if (bank < 0n) sentences.push(say.advanced(money(bank)));
  if (clearing < 0n) sentences.push(say.acquirerIsOwed(money(clearing)));
  return sentences;
}

function merchantStanding(available: bigint, pending: bigint, money: (minor: bigint) => string): string {
  const say = words().standing;
  const net = available + pending;
  if (available >= 0n) {
    if (net === 0n) return say.nothing;
    return pending === 0n ? say.owedAvailable(money(net)) : say.owed(money(net), money(available), money(pending));
  }
  if (net > 0n) return say.nets(money(available), money(pending), money(net));
  if (net === 0n) return say.netsToZero(money(available), money(pending));
  return pending === 0n ? say.owes(money(-net)) : say.owesAfterPending(money(pending), money(-net));
}
