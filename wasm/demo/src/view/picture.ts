// The picture: who has the money, and what moves between them at this step.

import { html, nothing, svg, type SVGTemplateResult, type TemplateResult } from "lit-html";
import { keyed } from "lit-html/directives/keyed.js";
import { nameOf } from "../accounts";
import type { App } from "../app";
import { isRightToLeft, words } from "../language";
import type { Account } from "../ledger";
import { formatMinor } from "../money";
import type { Move, Place } from "../moves";
import { standingOf } from "../standing";
import type { Story } from "../story";
import { isNarrow } from "./screen";

/** Columns and rows of the places, on a desk and on a phone. */
const WIDE: Record<Place, readonly [number, number]> = {
  customer: [0, 0],
  clearing: [1, 0],
  bank: [3, 0],
  merchant_bank: [4, 0],
  pending: [1, 1],
  available: [2, 1],
  payout_transit: [3, 1],
  fees: [1, 2],
  losses: [2, 2],
};
const TALL: Record<Place, readonly [number, number]> = {
  customer: [0, 0],
  clearing: [0, 1],
  pending: [1, 1],
  fees: [2, 1],
  losses: [0, 2],
  available: [1, 2],
  payout_transit: [2, 2],
  bank: [1, 3],
  merchant_bank: [2, 3],
};
const ALWAYS: readonly Place[] = ["customer", "clearing", "pending", "available", "fees"];
const ORDER = Object.keys(WIDE) as Place[];

/** Where the boxes are, in percent of the picture. */
interface Layout {
  at: Record<Place, readonly [number, number]>;
  columns: number;
  rows: number;
  width: number;
  height: number;
}

export function pictureView(app: App, story: Story | null): TemplateResult {
  const { history, seq } = app;
  const places = ORDER.filter((place) => ALWAYS.includes(place) || isShown(app, story, place));
  const layout = layoutOf(places);
  const wanted = story?.wanted ?? [];
  const moves = story?.moves ?? [];
  const standing = standingOf(history.balancesAt(seq), history.book.currency);
  return html`
    <section class="picture-frame" aria-label=${words().picture.label}>
      <div class="picture ${layout.rows === 4 ? "has-four-rows" : ""} ${layout.columns > 3 ? "has-many-columns" : ""}">
        ${keyed(`${history.book.id}/${app.at}/${seq}`, svg`
          <svg class="arrows" aria-hidden="true">
            <defs>
              <marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="10" markerHeight="10" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 8 4 0 8z" /></marker>
              <marker id="head-refused" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="10" markerHeight="10" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 8 4 0 8z" /></marker>
            </defs>
            ${moves.map((move) => arrowView(app, layout, move, false))}
            ${wanted.map((move) => arrowView(app, layout, move, true))}
          </svg>`)}
        ${places.map((place) => placeView(app, layout, story, place))}
      </div>
      <ul class="hidden" data-test="moves">
        ${moves.length + wanted.length === 0 ? html`<li>${words().picture.nothing}</li>` : nothing}
        ${moves.map(({ from, to, amount }) => html`<li>${words().picture.moves(written(app, amount), placeName(from), placeName(to))}</li>`)}
        ${wanted.map(({ from, to, amount }) => html`<li>${words().picture.wouldMove(amount === null ? words().picture.theMoney : written(app, amount), placeName(from), placeName(to))}</li>`)}
      </ul>
      <p class="standing" data-test="standing">${standing.map((sentence) => html`<span>${sentence} </span>`)}</p>
    </section>
  `;
}

/** Places that this book never uses take no room. */
function isShown({ history }: App, story: Story | null, place: Place): boolean {
  if (place === "customer") return true;
  const isWanted = story?.wanted.some(({ from, to }) => from === place || to === place) ?? false;
  if (place === "merchant_bank") return history.isUsed("bank") && (history.isUsed("payout_transit") || history.count("topup") > 0);
  return isWanted || history.isUsed(place);
}

function layoutOf(places: readonly Place[]): Layout {
  const at = isNarrow() ? TALL : WIDE;
  const columns = Math.max(...places.map((place) => at[place][0])) + 1;
  const rows = Math.max(...places.map((place) => at[place][1])) + 1;
  return { at, columns, rows, width: (isNarrow() ? 0.8 : 0.66) * (100 / columns), height: (isNarrow() ? 0.66 : 0.7) * (100 / rows) };
}

function centerOf({ at, columns, rows }: Layout, place: Place): [number, number] {
  const [column, row] = at[place];
  return [((column + 0.5) * 100) / columns, ((row + 0.5) * 100) / rows];
}

function placeView(app: App, layout: Layout, story: Story | null, place: Place): TemplateResult {
  const [x, y] = centerOf(layout, place);
  const style = `inset-inline-start:${x - layout.width / 2}%;inset-block-start:${y - layout.height / 2}%;inline-size:${layout.width}%;block-size:${layout.height}%`;
  const isOutside = place === "customer" || place === "merchant_bank";
  return html`
    <div class="place-box ${isOutside ? "is-outside" : kindOf(place)} ${isTouched(story, place) ? "is-lit" : ""}" data-place=${place} .style=${style}>
      ${isOutside ? outsideView(app, story, place) : accountView(app, story, place)}
    </div>
  `;
}

function kindOf(place: Place): string {
  return place === "pending" || place === "available" || place === "payout_transit" ? "is-merchants" : "is-platforms";
}

function isTouched(story: Story | null, place: Place): boolean {
  return story?.moves.some(({ from, to }) => from === place || to === place) ?? false;
}

function accountView(app: App, story: Story | null, account: Account): TemplateResult {
  const balance = app.history.balancesAt(app.seq)[account];
  const change = story?.changes.find((changed) => changed.account === account);
  return html`
    <strong>${nameOf(account)}</strong>
    <span class="amount ${balance < 0n ? "is-negative" : ""}">${written(app, balance)}</span>
    ${change ? html`<small>${words().picture.was(written(app, change.before))}</small>` : html`<small class="meaning">${words().accounts[account].meaning}</small>`}
  `;
}

function outsideView(app: App, story: Story | null, place: Place): TemplateResult {
  const say = words().picture;
  const net = (story?.moves ?? []).reduce((sum, { from, to, amount }) => sum + (to === place ? amount : 0n) - (from === place ? amount : 0n), 0n);
  const did = net === 0n ? nothing : html`<span class="amount">${net > 0n ? say.gets(written(app, net)) : say.gives(written(app, -net))}</span>`;
  return html`<strong>${placeName(place)}</strong>${did}<small class="meaning">${say.outside}</small>`;
}

function placeName(place: Place): string {
  if (place === "customer") return words().picture.customer;
  return place === "merchant_bank" ? words().picture.merchantBank : nameOf(place);
}

function written(app: App, minor: bigint): string {
  return formatMinor(minor, app.history.book.currency.exponent);
}

/** A line from the edge of one box to the edge of another, with its amount beside it. */
function arrowView(app: App, layout: Layout, move: Move | (Omit<Move, "amount"> & { amount: bigint | null }), isRefused: boolean): SVGTemplateResult {
  const [[fromX, fromY], [toX, toY]] = [centerOf(layout, move.from), centerOf(layout, move.to)];
  const [dx, dy] = [toX - fromX, toY - fromY];
  // How much of the line the boxes cover at each end.
  const covered = Math.min(dx === 0 ? Infinity : layout.width / 2 / Math.abs(dx), dy === 0 ? Infinity : layout.height / 2 / Math.abs(dy)) + 0.015;
  const x = (part: number) => {
    const ltr = fromX + dx * part;
    return `${isRightToLeft() ? 100 - ltr : ltr}%`;
  };
  const y = (part: number) => `${fromY + dy * part}%`;
  // On a phone the boxes of a row are so near that an amount stands below them.
  const isBelow = dy === 0 && isNarrow();
  const beside = isBelow ? { dx: 0, dy: 13, anchor: "middle" } : besideLine(isRightToLeft() ? -dx : dx, dy);
  const label = move.amount === null ? "" : written(app, move.amount);
  return svg`
    <g class="arrow ${isRefused ? "is-refused" : ""}">
      <line pathLength="1" x1=${x(covered)} y1=${y(covered)} x2=${x(1 - covered)} y2=${y(1 - covered)} marker-end=${isRefused ? "url(#head-refused)" : "url(#head)"} />
      <text x=${x(0.5)} y=${isBelow ? `${fromY + layout.height / 2}%` : y(0.5)} dx=${beside.dx} dy=${beside.dy} text-anchor=${beside.anchor} direction="ltr">${isRefused ? `✕ ${label}` : label}</text>
    </g>
  `;
}

/** Where an amount stands so that its line does not run through it. */
function besideLine(dx: number, dy: number): { dx: number; dy: number; anchor: "start" | "middle" | "end" } {
  if (dy === 0) return { dx: 0, dy: -7, anchor: "middle" };
  if (dx === 0) return { dx: 8, dy: 4, anchor: "start" };
  // On a desk there is room above a slope, on a phone below it.
  const isAbove = !isNarrow();
  const isStart = dx * dy > 0 === isAbove;
  return { dx: isStart ? 4 : -4, dy: isAbove ? -5 : 13, anchor: isStart ? "start" : "end" };
}
