// What the place looked at did to the ledger: the page's first answer.

import { html, nothing, type TemplateResult } from "lit-html";
import { wordsOf } from "../accounts";
import type { App } from "../app";
import type { Posting } from "../ledger";
import { formatMinor } from "../money";
import { formatMoment } from "../moment";
import { storyOf, storyWithoutEntry, type Story } from "../story";

export function storyView(app: App): TemplateResult {
  const happening = app.history.happenings[app.at];
  const entry = app.history.entry(app.seq);
  const madeIt = app.isEntryLookedAt;
  if (!happening || (madeIt && !entry)) return emptyView();
  const story = madeIt && entry ? storyOf(app.history, entry, happening) : storyWithoutEntry(app.history, happening);
  const exponent = app.history.book.currency.exponent;
  const isRefused = happening.outcome.kind === "refused";
  return html`
    <section class="story ${isRefused ? "is-refused" : ""}" aria-labelledby="story-headline">
      <p class="eyebrow">
        <span class="tag">${story.label}</span>
        ${madeIt ? html`<span>Entry ${app.seq} of ${app.history.last}</span>` : html`<span>No entry</span>`}
        <span>${formatMoment(happening.step.at)} UTC</span>
        ${story.about ? html`<bdi>${story.about}</bdi>` : nothing}
      </p>
      ${happening.step.note ? html`<p class="note">${happening.step.note}</p>` : nothing}
      <div aria-live=${app.running ? "off" : "polite"}>
        <h2 id="story-headline" tabindex="-1" data-test="headline">${sentences(story.headline)}</h2>
      </div>
      ${story.details.map((detail) => html`<p class="detail">${detail}</p>`)}
      ${story.quote ? html`<p class="quote"><span>Description</span> <bdi dir="auto" data-test="quote">${story.quote}</bdi></p>` : nothing}
      ${changesView(story, exponent)} ${reversalView(app, story, exponent)}
      ${callView(app)}
    </section>
  `;
}

/** Each sentence on a line of its own, if there is room for it. */
function sentences(text: string): TemplateResult[] {
  return text.split(/(?<=\.) /).map((sentence) => html`<span>${sentence} </span>`);
}

function emptyView(): TemplateResult {
  return html`
    <section class="story" aria-labelledby="story-headline">
      <p class="eyebrow"><span class="tag">Empty book</span></p>
      <h2 id="story-headline" tabindex="-1" data-test="headline">Nothing has happened yet.</h2>
      <p class="detail">Every account stands at zero. The first charge will be entry 1.</p>
    </section>
  `;
}

function changesView(story: Story, exponent: number): TemplateResult | typeof nothing {
  if (story.changes.length === 0) return nothing;
  return html`
    <dl class="changes" aria-label="Balances before and after">
      ${story.changes.map(
        ({ account, name, before, after }) => html`
          <div class="change" data-change=${account}>
            <dt>${name}</dt>
            <dd>
              <span class="before">${formatMinor(before, exponent)}<span class="arrow" aria-hidden="true"></span><span class="hidden"> became </span></span>
              <span class="after ${after < 0n ? "is-negative" : ""}">${formatMinor(after, exponent)}</span>
            </dd>
          </div>
        `,
      )}
    </dl>
  `;
}

/** The entry that is reversed, posting by posting, and what became of each. */
function reversalView(app: App, { reversal }: Story, exponent: number): TemplateResult | typeof nothing {
  if (!reversal) return nothing;
  const { entry, postings } = reversal;
  return html`
    <div class="reversal">
      <h3>
        It reverses
        <button class="link" @click=${() => app.travelTo(entry.seq)}>entry ${entry.seq}</button>
      </h3>
      <table>
        <thead>
          <tr>
            <th scope="col">Posted then</th>
            <th scope="col" class="number">Amount</th>
            <th scope="col" class="number">Given back now</th>
          </tr>
        </thead>
        <tbody>
          ${postings.map(
            ({ posting, givenBack }) => html`
              <tr class=${givenBack > 0n ? "is-lit" : ""}>
                <td>${sidesView(posting)}</td>
                <td class="number">${formatMinor(BigInt(posting.amount), exponent)}</td>
                <td class="number">
                  ${givenBack > 0n ? formatMinor(givenBack, exponent) : html`<span class="kept">kept by the platform</span>`}
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
  return html`<span class="sides"><span>${wordsOf(debit).name}</span><span class="slash" aria-hidden="true">/</span><span class="hidden"> debited, credited </span><span>${wordsOf(credit).name}</span></span>`;
}

/** For developers: the request as it was sent, and the answer as it came. */
function callView(app: App): TemplateResult | typeof nothing {
  const happening = app.history.happenings[app.at];
  if (!happening) return nothing;
  const { step, outcome } = happening;
  const { at: _at, note: _note, ...asked } = step;
  const answer = "value" in outcome ? outcome.value : "refusal" in outcome ? outcome.refusal : outcome;
  return html`
    <details class="call">
      <summary>Request and answer</summary>
      <div class="columns">
        <figure><figcaption>Asked</figcaption><pre dir="ltr" tabindex="0">${JSON.stringify(asked, null, 2)}</pre></figure>
        <figure><figcaption>Answered</figcaption><pre dir="ltr" tabindex="0">${JSON.stringify(answer, null, 2)}</pre></figure>
      </div>
    </details>
  `;
}
