// The list of entries: the rows that are seen, filled with what the worker says.

import { nameOf } from "../accounts";
import { words } from "../language";
import { formatCount, formatMinor } from "../money";
import { formatDate, formatMoment } from "../moment";
import { Pages } from "./pages";
import type { Row } from "./questions";
import { Scroller } from "./scroller";
import type { Viewer } from "./viewer";

/** How many cells a row has. */
const CELLS = 6;

export class EntryList {
  readonly place: HTMLElement;
  readonly #viewer: Viewer;
  readonly #scroller: Scroller;
  readonly #pages: Pages;

  constructor(viewer: Viewer, place: HTMLElement) {
    this.place = place;
    this.#viewer = viewer;
    this.#pages = new Pages({ ask: (name, ...args) => (viewer.client as NonNullable<Viewer["client"]>).ask(name, ...args) }, () => this.#scroller.redraw());
    this.#scroller = new Scroller(
      place,
      (element, at) => this.#draw(element, at),
      (from, to) => this.#pages.want(from, to),
    );
    place.addEventListener("click", (event) => {
      const seq = (event.target as Element).closest<HTMLElement>("[data-seq]")?.dataset["seq"];
      if (seq) void viewer.look(Number(seq));
    });
  }

  /** Follows the viewer: another selection begins anew. */
  update(isNew: boolean): void {
    if (isNew) this.#pages.select(this.#viewer.selection);
    this.#scroller.setCount(this.#viewer.count, isNew);
  }

  /** Brings an entry of the journal into view. */
  showEntry(seq: number): void {
    if (this.#viewer.list === "journal") this.#scroller.showRow(seq - 1);
  }

  #draw(element: HTMLElement, at: number): void {
    const row = this.#pages.row(at);
    const name = `${at}/${row ? this.#viewer.list : "…"}/${document.documentElement.lang}/${row?.entry.hash ?? ""}/${this.#viewer.detail?.entry.seq === row?.entry.seq}`;
    if (element.dataset["shown"] === name) return;
    element.dataset["shown"] = name;
    while (element.children.length < CELLS) {
      const cell = document.createElement("span");
      cell.setAttribute("role", "cell");
      element.append(cell);
    }
    // The first row of the table is its head.
    element.ariaRowIndex = String(at + 2);
    element.classList.toggle("is-here", row !== undefined && this.#viewer.detail?.entry.seq === row.entry.seq);
    if (row) element.dataset["seq"] = String(row.entry.seq);
    else delete element.dataset["seq"];
    const texts = row ? this.#texts(row) : ["…", "", "", "", "", ""];
    texts.forEach((text, cell) => {
      (element.children[cell] as HTMLElement).textContent = text;
    });
    if (row) this.#makeButton(element.children[0] as HTMLElement, row.entry.seq);
  }

  #texts({ entry, line }: Row): string[] {
    const exponent = this.#viewer.book?.exponents[entry.postings[0]?.currency ?? ""] ?? 0;
    const money = (minor: string) => formatMinor(BigInt(minor), exponent);
    const seq = formatCount(entry.seq);
    const [first] = entry.postings;
    if (line) {
      const status = line.status === "pending" ? words().tables.pendingUntil(formatDate(line.availableOn)) : words().tables.available;
      return [seq, formatMoment(line.createdAt), words().lineTypes[line.type] ?? line.type, line.source, status, money(line.net)];
    }
    const sides = first ? `${nameOf(first.debit)} / ${nameOf(first.credit)}` : "–";
    return [seq, formatMoment(entry.effectiveAt), words().causes[entry.cause], entry.source, sides, first ? money(first.amount) : "–"];
  }

  #makeButton(cell: HTMLElement, seq: number): void {
    const button = document.createElement("button");
    button.className = "link";
    button.textContent = cell.textContent;
    button.ariaLabel = words().tables.look(formatCount(seq));
    cell.replaceChildren(button);
  }
}
