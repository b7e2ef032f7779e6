// The figures that the chart draws, entry by entry, in arrays that a frame can read in full.

import type { Balances } from "./ledger";

export const SERIES = ["available", "pending", "fees", "refunds"] as const;
export type Series = (typeof SERIES)[number];

export class Track {
  #length = 0;
  /** When each entry was recorded, in milliseconds since 1970; clocks go back, an axis does not. */
  times = new Float64Array(256);
  /** Minor units: a pixel is worth more than what a float loses. */
  values: Record<Series, Float64Array> = {
    available: new Float64Array(256),
    pending: new Float64Array(256),
    fees: new Float64Array(256),
    refunds: new Float64Array(256),
  };

  get length(): number {
    return this.#length;
  }

  add(time: number, balances: Pick<Balances, "available" | "pending" | "fees">, refunded: bigint): void {
    if (this.#length === this.times.length) this.#grow();
    const place = this.#length;
    this.times[place] = Math.max(time, this.times[place - 1] ?? time);
    this.values.available[place] = Number(balances.available);
    this.values.pending[place] = Number(balances.pending);
    this.values.fees[place] = Number(balances.fees);
    this.values.refunds[place] = Number(refunded);
    this.#length += 1;
  }

  #grow(): void {
    const larger = (array: Float64Array) => {
      const copy = new Float64Array(array.length * 2);
      copy.set(array);
      return copy;
    };
    this.times = larger(this.times);
    for (const series of SERIES) this.values[series] = larger(this.values[series]);
  }
}
