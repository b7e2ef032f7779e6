// The rows of a list that have been asked for, a page at a time; what is seen now is asked for first.

import type { Client } from "./client";
import type { Row, Selection } from "./questions";

const PAGE = 100;
/** How many pages are kept. */
const KEPT = 60;

export class Pages {
  readonly #client: Pick<Client, "ask">;
  readonly #arrived: () => void;
  readonly #pages = new Map<number, Row[]>();
  #selection: Selection = { kind: "journal" };
  #wanted: [number, number] = [0, 0];
  #isAsking = false;
  /** Tells the answers of one selection from those of the one before. */
  #turn = 0;

  constructor(client: Pick<Client, "ask">, arrived: () => void) {
    this.#client = client;
    this.#arrived = arrived;
  }

  /** Forgets what was known, for another selection. */
  select(selection: Selection): void {
    this.#turn += 1;
    this.#selection = selection;
    this.#pages.clear();
  }

  row(place: number): Row | undefined {
    return this.#pages.get(Math.floor(place / PAGE))?.[place % PAGE];
  }

  /** Asks for what is seen and not known, one page at a time. */
  want(from: number, to: number): void {
    this.#wanted = [from, to];
    void this.#ask();
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    const page = this.#missing();
    if (page === undefined) return;
    this.#isAsking = true;
    const turn = this.#turn;
    try {
      const rows = await this.#client.ask("rows", this.#selection, page * PAGE, (page + 1) * PAGE);
      if (turn === this.#turn) this.#keep(page, rows);
    } finally {
      this.#isAsking = false;
    }
    this.#arrived();
    void this.#ask();
  }

  #missing(): number | undefined {
    const [from, to] = this.#wanted;
    for (let page = Math.floor(from / PAGE); page * PAGE < to; page += 1) {
      const known = this.#pages.get(page);
      // A page that was read while the book was, may be fuller now.
      if (!known || (known.length < PAGE && page * PAGE + known.length < to)) return page;
    }
    return undefined;
  }

  #keep(page: number, rows: Row[]): void {
    if (rows.length === 0) this.#wanted = [0, 0];
    this.#pages.delete(page);
    this.#pages.set(page, rows);
    if (this.#pages.size > KEPT) this.#pages.delete(this.#pages.keys().next().value as number);
  }
}
