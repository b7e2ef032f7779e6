// What the place looked at did to the ledger: the page's first answer, above the picture.

import { html, nothing, type TemplateResult } from "lit-html";
import { nameOf } from "../accounts";
import type { App } from "../app";
import { words } from "../language";
import type { Posting } from "../ledger";
import { formatCount, formatMinor } from "../money";
import { formatMoment } from "../moment";
import { storyOf, storyWithoutEntry, type Story } from "../story";
import { metersView } from "./meters";

/** The story of what is looked at; null of an empty book. */
export function storyAt(app: App): Story | null {
  const happening = app.history.happenings[app.at];
  if (!happening) return null;
  const { entries } = app;
  return entries.length > 0 ? storyOf(app.history, entries, happening, app.at) : storyWithoutEntry(app.history, happening, app.at);
}

export function storyView(app: App, story: Story | null): TemplateResult {
  const happening = app.history.happenings[app.at];
  if (!story || !happening) return emptyView();
  const isRefused = happening.outcome.kind === "refused";
  return html`
    <section class="story ${isRefused ? "is-refused" : ""}" aria-labelledby="story-headline">
      <p class="eyebrow">
        <span class="tag">${story.label}</span>
        <span>${placeWords(app)}</span>
        <span>${formatMoment(happening.step.at)} UTC</span>
        ${story.about ? html`<bdi>${story.about}</bdi>` : nothing}
        ${story.note ? html`<span class="note">${story.note}</span>` : nothing}
      </p>
      <div aria-live=${app.running || app.player.isPlaying ? "off" : "polite"}>
        <h2 id="story-headline" tabindex="-1" data-test="headline">${story.headline}</h2>
      </div>
      <p class="details" data-test="details">
        ${story.details.map((detail) => html`<span>${detail} </span>`)}
        ${story.quote ? html`<span class="quote"><span>${words().story.description}</span> <bdi dir="auto" data-test="quote">${story.quote}</bdi></span>` : nothing}
      </p>
    </section>
  `;
}

function placeWords(app: App): string {
  const say = words().story;
  const { entries } = app;
  const [first, last] = [entries[0]?.seq, entries.at(-1)?.seq];
  if (first === undefined || last === undefined) return say.noEntry;
  const of = formatCount(app.history.last);
  return first === last ? say.entryOf(formatCount(last), of) : say.entriesOf(formatCount(first), formatCount(last), of);
}

function emptyView(): TemplateResult {
  const say = words().story;
  return html`
    <section class="story" aria-labelledby="story-headline">
      <p class="eyebrow"><span class="tag">${say.emptyLabel}</span></p>
      <h2 id="story-headline" tabindex="-1" data-test="headline">${say.emptyHeadline}</h2>
      <p class="details">${say.emptyDetail}</p>
    </section>
  `;
}

/** What decided, beside what is given back of the entry that is reversed. */
export function reasonsView(app: App, story: Story | null): TemplateResult | typeof nothing {
  if (!story || (story.meters.length === 0 && !story.reversal)) return nothing;
  return html`<div class="reasons">
    ${story.meters.length > 0 ? html`<div class="meters">${metersView(app, story.meters)}</div>` : nothing} ${reversalView(app, story)}
  </div>`;
}

/** The entry that is reversed, posting by posting, and what became of each. */
function reversalView(app: App, { reversal, entries }: Story): TemplateResult | typeof nothing {
  if (!reversal) return nothing;
  const say = words().reversal;
  const { exponent } = app.history.book.currency;
  const { entry, postings } = reversal;
  const isCharge = entry.cause === "charge";
  return html`
    <div class="reversal" data-entries=${entries.length}>
      <table>
        <caption>
          ${say.title} <button class="link" @click=${() => app.travelTo(entry.seq)}>${say.entry(formatCount(entry.seq))}</button>
        </caption>
        <thead>
          <tr>
            <th scope="col">${say.debit}</th>
            <th scope="col">${say.credit}</th>
            <th scope="col" class="number">${say.posted}</th>
            <th scope="col" class="number">${say.now}</th>
          </tr>
        </thead>
        <tbody>
          ${postings.map(
            ({ posting, givenBack }) => html`
              <tr class=${givenBack > 0n ? "is-lit" : ""}>
                <td>${nameOf(posting.debit)}</td>
                <td>${nameOf(posting.credit)}</td>
                <td class="number">${formatMinor(BigInt(posting.amount), exponent)}</td>
                <td class="number">
                  ${givenBack > 0n ? formatMinor(givenBack, exponent) : html`<span class="kept">${isCharge ? say.kept : say.notGivenBack}</span>`}
                </td>
              </tr>
            `,
          )}
        </tbody>
      </table>
    </div>
  `;
}

/** `Clearing / Pending`: the account debited, then the one credited. */
export function sidesView({ debit, credit }: Posting): TemplateResult {
  return html`<span class="sides"><span>${nameOf(debit)}</span><span class="slash" aria-hidden="true">/</span><span class="hidden">${words().tables.debitedCredited}</span><span>${nameOf(credit)}</span></span>`;
}
