// Days of a shop, made up from a seed: the same seed asks the same of the ledger, so it gives the
// same answers. What is paid out is read from the ledger; nothing of its rules is repeated here.

import type { History } from "./history";
import { DAY, MINUTE } from "./moment";
import { Random } from "./random";
import type { Deed, Step } from "./step";

export interface Plan {
  seed: number;
  days: number;
}

/** When simulated time begins. */
export const EPOCH = Date.parse("2024-01-01T00:00:00.000Z");

const REASONS = ["requested_by_customer", "requested_by_customer", "duplicate", "fraudulent"] as const;
const WORDS = ["مقاس غير مناسب", "وصل متأخراً", "the colour is not as shown", "changed my mind", "منتج معيب"];

interface Sale {
  id: string;
  amount: number;
}

export class Simulation {
  readonly #random: Random;
  readonly #days: number;
  readonly #sales: Sale[] = [];
  #transit: string[] = [];
  #payouts = 0;
  #day = 0;

  constructor({ seed, days }: Plan) {
    this.#random = new Random(seed);
    this.#days = days;
  }

  get day(): number {
    return this.#day;
  }

  get isOver(): boolean {
    return this.#day >= this.#days;
  }

  /** Lets one day happen. */
  runDay(history: History): void {
    const start = EPOCH + this.#day * DAY;
    this.#add(history, start, { do: "release" });
    this.#conclude(history, start + 8 * 60 * MINUTE);
    for (const minute of this.#openingMinutes()) {
      const at = start + minute * MINUTE;
      const isRefund = this.#sales.length > 0 && this.#random.chance(this.#refundsInAHundred());
      this.#add(history, at, isRefund ? this.#refund() : this.#sale(at));
    }
    // Once a week what is available is paid out.
    if (this.#day % 7 === 6) this.#payOut(history, start + 22 * 60 * MINUTE);
    this.#day += 1;
  }

  /** A few moments between nine and nine. */
  #openingMinutes(): number[] {
    const count = this.#random.between(3, 9);
    const minutes = Array.from({ length: count }, () => this.#random.between(9 * 60, 21 * 60));
    return minutes.sort((one, other) => one - other);
  }

  /** Every fourth week a bad batch comes back. */
  #refundsInAHundred(): number {
    const dayOfMonth = this.#day % 28;
    return dayOfMonth >= 18 && dayOfMonth < 21 ? 70 : 18;
  }

  #sale(at: number): Deed {
    const amount = this.#random.between(40, 900) * 25;
    const id = `ch_${this.#sales.length + 1}`;
    this.#sales.push({ id, amount });
    const fee = Math.round((amount * 29) / 1000) + 100;
    return { do: "charge", id, amount: `${amount}`, fee: `${Math.min(fee, amount)}`, availableOn: iso(at + 2 * DAY) };
  }

  /** Some ask for more than is left: that the ledger refuses is part of the picture. */
  #refund(): Deed {
    const recent = this.#sales.slice(-40);
    const sale = this.#random.pick(recent);
    const part = Math.ceil((sale.amount * this.#random.between(2, 9)) / 10);
    return {
      do: "refund",
      request: {
        chargeId: sale.id,
        ...(this.#random.chance(60) ? {} : { amount: `${part}` }),
        reason: this.#random.pick(REASONS),
        description: this.#random.pick(WORDS),
      },
    };
  }

  #payOut(history: History, at: number): void {
    const { available } = history.book.balances();
    if (available <= 0n) return;
    this.#payouts += 1;
    const id = `po_${this.#payouts}`;
    this.#add(history, at, { do: "payout", id, amount: `${available}` });
    this.#transit.push(id);
  }

  /** The next morning the bank says what became of a payout. */
  #conclude(history: History, at: number): void {
    for (const payout of this.#transit) {
      const outcome = this.#random.chance(85) ? "paid" : "failed";
      this.#add(history, at, { do: "conclude", payout, outcome });
    }
    this.#transit = [];
  }

  #add(history: History, at: number, deed: Deed): void {
    const step: Step = { at: iso(at), ...deed };
    history.add(step);
  }
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
