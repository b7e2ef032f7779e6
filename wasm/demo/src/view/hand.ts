// Your turn: the forms that ask something of the open book.

import { html, nothing, type TemplateResult } from "lit-html";
import type { App, HandForm } from "../app";
import { formatMinor, formatMoney, parseMajor } from "../money";
import { DAY, formatMoment } from "../moment";
import type { Deed } from "../step";

const FORMS: Record<HandForm, string> = { charge: "Charge", refund: "Refund", time: "Time", payout: "Payout", other: "Other" };

export function handView(app: App): TemplateResult {
  return html`
    <section class="hand" aria-labelledby="hand-title">
      <h2 id="hand-title" class="section-title">Your turn <span class="aside">it is ${formatMoment(app.history.book.now)}</span></h2>
      <div class="segments" role="group" aria-label="What to do">
        ${(Object.keys(FORMS) as HandForm[]).map(
          (form) => html`<button aria-pressed=${form === app.handForm ? "true" : "false"} data-form=${form} @click=${() => app.chooseForm(form)}>${FORMS[form]}</button>`,
        )}
      </div>
      ${formView(app)}
      <p class="said ${saidKind(app)}" role="alert" data-test="said">${saidWords(app)}</p>
    </section>
  `;
}

function formView(app: App): TemplateResult {
  switch (app.handForm) {
    case "charge":
      return chargeForm(app);
    case "refund":
      return refundForm(app);
    case "time":
      return timeForm(app);
    case "payout":
      return payoutForm(app);
    case "other":
      return otherForm(app);
  }
}

function chargeForm(app: App): TemplateResult {
  const { code, exponent } = app.history.book.currency;
  const submit = (fields: Fields) => {
    const [amount, fee] = [fields.money("amount"), fields.money("fee")];
    const availableOn = new Date(app.history.book.now + Number(fields.text("days")) * DAY).toISOString();
    return { do: "charge", id: `ch_${app.history.count("charge") + 1}`, amount, fee, availableOn } as const;
  };
  return form(app, submit, html`
    ${field(`Amount, ${code}`, html`<input name="amount" inputmode="decimal" required value=${formatMinor(22604n, exponent)} />`)}
    ${field(`Fee, ${code}`, html`<input name="fee" inputmode="decimal" required value=${formatMinor(912n, exponent)} />`)}
    ${field("Matures after days", html`<input name="days" type="number" min="0" max="90" required value="2" />`)}
    <button class="primary">Charge</button>
  `);
}

function refundForm(app: App): TemplateResult {
  const { code, exponent } = app.history.book.currency;
  const charges = app.history.book.charges();
  const submit = (fields: Fields) => {
    const description = fields.text("description");
    const reason = fields.text("reason") as "" | "duplicate" | "fraudulent" | "requested_by_customer";
    const request = {
      chargeId: fields.text("charge"),
      ...(fields.text("amount") ? { amount: fields.money("amount") } : {}),
      ...(reason ? { reason } : {}),
      ...(description ? { description } : {}),
    };
    const key = fields.text("key");
    return { do: "refund", request, ...(key ? { key } : {}) } as const;
  };
  if (charges.length === 0) return html`<p class="quiet">There is no charge to refund yet.</p>`;
  return form(app, submit, html`
    ${field("Charge", html`
      <select name="charge">
        ${charges.map(({ id, amountCaptured, amountRefunded }) => {
          const left = BigInt(amountCaptured) - BigInt(amountRefunded);
          return html`<option value=${id}>${id} – ${formatMinor(left, exponent)} left</option>`;
        })}
      </select>`)}
    ${field(`Amount, ${code}`, html`<input name="amount" inputmode="decimal" placeholder="all that is left" />`)}
    ${field("Reason", html`
      <select name="reason">
        <option value="">none</option>
        <option value="requested_by_customer">requested by customer</option>
        <option value="duplicate">duplicate</option>
        <option value="fraudulent">fraudulent</option>
      </select>`)}
    ${field("Description", html`<input name="description" dir="auto" placeholder="any language · بأي لغة" />`)}
    ${field("Idempotency key", html`<input name="key" dir="ltr" autocomplete="off" spellcheck="false" placeholder="none" />`)}
    <button class="primary">Refund</button>
  `);
}

function timeForm(app: App): TemplateResult {
  return html`
    <div class="row">
      ${[1, 2, 7].map((days) => html`<button class="primary" data-days=${days} @click=${() => app.passDays(days)}>${days === 1 ? "A day" : `${days} days`} later</button>`)}
    </div>
    <p class="quiet">What is due by then matures: it moves from pending to available.</p>
  `;
}

function payoutForm(app: App): TemplateResult {
  const { code, exponent } = app.history.book.currency;
  const { available } = app.history.book.balances();
  const submit = (fields: Fields) =>
    ({ do: "payout", id: `po_${app.history.count("payout") + 1}`, amount: fields.money("amount") }) as const;
  const open = app.history.book.openPayouts();
  return html`
    ${form(app, submit, html`
      ${field(`Amount, ${code}`, html`<input name="amount" inputmode="decimal" required placeholder=${`${formatMinor(available, exponent)} available`} />`)}
      <button class="primary">Pay out</button>
    `)}
    ${open.map(({ id, amount, status }) => html`
      <div class="payout">
        <span><code>${id}</code> ${formatMoney(BigInt(amount), app.history.book.currency)}, ${status === "paid" ? "paid" : "in transit"}</span>
        <span class="row">
          ${(status === "paid" ? (["returned"] as const) : (["paid", "failed"] as const)).map(
            (outcome) => html`<button class="quiet-button" @click=${() => app.act({ do: "conclude", payout: id, outcome })}>${outcome}<span class="hidden">: ${id}</span></button>`,
          )}
        </span>
      </div>`)}
  `;
}

function otherForm(app: App): TemplateResult {
  const { code } = app.history.book.currency;
  const submit = (fields: Fields): Deed => {
    const what = fields.text("what");
    const amount = fields.money("amount");
    if (what === "limit") return { do: "limit", limit: amount };
    const kind = what as "topup" | "settlement" | "adjustment";
    const prefix = { topup: "tu", settlement: "stl", adjustment: "adj" }[kind];
    return { do: kind, id: `${prefix}_${app.history.count(kind) + 1}`, amount };
  };
  const refunds = app.history.standingRefunds();
  const comesBack = (fields: Fields): Deed => ({ do: "fail", ofStep: Number(fields.text("refund")) });
  return html`
    ${form(app, submit, html`
      ${field("What", html`
        <select name="what">
          <option value="topup">The merchant tops up</option>
          <option value="settlement">The acquirer settles</option>
          <option value="adjustment">The platform adjusts</option>
          <option value="limit">Set the negative-balance limit</option>
        </select>`)}
      ${field(`Amount, ${code}`, html`<input name="amount" inputmode="decimal" required placeholder="0" />`)}
      <button class="primary">Do it</button>
    `)}
    ${refunds.length === 0 ? nothing : form(app, comesBack, html`
      ${field("A refund comes back", html`
        <select name="refund">
          ${refunds.map(({ place, charge, amount }) => html`<option value=${place}>of ${charge}, ${formatMoney(BigInt(amount), app.history.book.currency)}</option>`)}
        </select>`)}
      <button class="primary">Send it back</button>
    `)}
  `;
}

/** What stands in a form. */
interface Fields {
  text: (name: string) => string;
  /** In minor units; what is no amount is complained of. */
  money: (name: string) => string;
}

class NoAmount extends Error {}

function form(app: App, submit: (fields: Fields) => Deed, content: TemplateResult): TemplateResult {
  const { exponent } = app.history.book.currency;
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const text = (name: string) => String(data.get(name) ?? "").trim();
    const money = (name: string) => {
      const minor = parseMajor(text(name), exponent);
      if (minor === null) throw new NoAmount(`Write the ${name} like ${formatMinor(22604n, exponent)}.`);
      return minor;
    };
    try {
      app.act(submit({ text, money }));
    } catch (error) {
      if (!(error instanceof NoAmount)) throw error;
      app.complain(error.message);
    }
  };
  return html`<form class="fields" @submit=${onSubmit}>${content}</form>`;
}

function field(label: string, input: TemplateResult): TemplateResult {
  return html`<label><span>${label}</span>${input}</label>`;
}

function saidKind({ handSaid }: App): string {
  if (handSaid === null) return "";
  const isRefused = typeof handSaid === "string" || handSaid.outcome.kind === "refused";
  return isRefused ? "is-refused" : "is-done";
}

function saidWords({ handSaid }: App): string {
  if (handSaid === null) return "";
  if (typeof handSaid === "string") return handSaid;
  const { outcome, seqBefore, seqAfter } = handSaid;
  switch (outcome.kind) {
    case "refused":
      return `Refused (${outcome.refusal.code}): ${outcome.refusal.message}.`;
    case "replayed":
      return "Replayed: the first answer again, and nothing was posted.";
    case "set":
      return "The limit is set.";
    case "released":
      return outcome.charges === 0 ? "Time has passed; nothing was due." : `${outcome.charges} matured.`;
    case "recorded":
      return seqAfter === seqBefore + 1 ? `Recorded as entry ${seqAfter}.` : "Recorded.";
  }
}
