// Your turn: the forms that ask something of the open book.

import { html, nothing, type TemplateResult } from "lit-html";
import type { App, HandForm } from "../app";
import { words } from "../language";
import { formatCount, formatMinor, formatMoney, parseMajor, symbolOf } from "../money";
import { DAY, formatMoment } from "../moment";
import { refusedHeadline } from "../story";
import type { Deed } from "../step";

const FORMS: readonly HandForm[] = ["charge", "refund", "time", "payout", "other"];

export function handView(app: App): TemplateResult {
  const say = words().hand;
  return html`
    <section class="hand" aria-labelledby="hand-title">
      <h2 id="hand-title" class="section-title">${say.title} <span class="aside">${say.itIs(formatMoment(app.history.book.now))}</span></h2>
      <div class="segments" role="group" aria-label=${say.what}>
        ${FORMS.map(
          (form) => html`<button aria-pressed=${form === app.handForm ? "true" : "false"} data-form=${form} @click=${() => app.chooseForm(form)}>${say.forms[form]}</button>`,
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
  const say = words().hand;
  const submit = (fields: Fields) => {
    const [amount, fee] = [fields.money("amount"), fields.money("fee")];
    const availableOn = new Date(app.history.book.now + Number(fields.text("days")) * DAY).toISOString();
    return { do: "charge", id: `ch_${app.history.count("charge") + 1}`, amount, fee, availableOn } as const;
  };
  return form(app, submit, html`
    ${field(say.amount(symbolOf(code)), html`<input name="amount" inputmode="decimal" required value=${formatMinor(22604n, exponent)} />`)}
    ${field(say.fee(symbolOf(code)), html`<input name="fee" inputmode="decimal" required value=${formatMinor(912n, exponent)} />`)}
    ${field(say.matures, html`<input name="days" type="number" min="0" max="90" required value="2" />`)}
    <button class="primary">${say.charge}</button>
  `);
}

function refundForm(app: App): TemplateResult {
  const { code, exponent } = app.history.book.currency;
  const say = words().hand;
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
  if (charges.length === 0) return html`<p class="quiet">${say.noCharge}</p>`;
  return form(app, submit, html`
    ${field(say.forms.charge, html`
      <select name="charge">
        ${charges.map(({ id, amountCaptured, amountRefunded }) => {
          const left = BigInt(amountCaptured) - BigInt(amountRefunded);
          return html`<option value=${id}>${say.left(id, formatMinor(left, exponent))}</option>`;
        })}
      </select>`)}
    ${field(say.amount(symbolOf(code)), html`<input name="amount" inputmode="decimal" placeholder=${say.allLeft} />`)}
    ${field(say.reason, html`
      <select name="reason">
        <option value="">${say.none}</option>
        <option value="requested_by_customer">${say.reasons["requested_by_customer"]}</option>
        <option value="duplicate">${say.reasons["duplicate"]}</option>
        <option value="fraudulent">${say.reasons["fraudulent"]}</option>
      </select>`)}
    ${field(say.description, html`<input name="description" dir="auto" placeholder=${say.anyLanguage} />`)}
    ${field(say.key, html`<input name="key" dir="ltr" autocomplete="off" spellcheck="false" placeholder=${say.none} />`)}
    <button class="primary">${say.refund}</button>
  `);
}

function timeForm(app: App): TemplateResult {
  return html`
    <div class="row">
      ${[1, 2, 7].map((days) => html`<button class="primary" data-days=${days} @click=${() => app.passDays(days)}>${words().hand.later(days, formatCount(days))}</button>`)}
    </div>
    <p class="quiet">${words().hand.timeNote}</p>
  `;
}

function payoutForm(app: App): TemplateResult {
  const { code, exponent } = app.history.book.currency;
  const say = words().hand;
  const { available } = app.history.book.balances();
  const submit = (fields: Fields) =>
    ({ do: "payout", id: `po_${app.history.count("payout") + 1}`, amount: fields.money("amount") }) as const;
  const open = app.history.book.openPayouts();
  return html`
    ${form(app, submit, html`
      ${field(say.amount(symbolOf(code)), html`<input name="amount" inputmode="decimal" required placeholder=${say.available(formatMinor(available, exponent))} />`)}
      <button class="primary">${say.payOut}</button>
    `)}
    ${open.map(({ id, amount, status }) => html`
      <div class="payout">
        <span><code>${id}</code> ${formatMoney(BigInt(amount), app.history.book.currency)}, ${status === "paid" ? say.paid : say.inTransit}</span>
        <span class="row">
          ${(status === "paid" ? (["returned"] as const) : (["paid", "failed"] as const)).map(
            (outcome) => html`<button class="quiet-button" data-outcome=${outcome} @click=${() => app.act({ do: "conclude", payout: id, outcome })}>${say.outcomes[outcome]}<span class="hidden">: ${id}</span></button>`,
          )}
        </span>
      </div>`)}
  `;
}

function otherForm(app: App): TemplateResult {
  const { code } = app.history.book.currency;
  const say = words().hand;
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
      ${field(say.whatLabel, html`
        <select name="what">
          <option value="topup">${say.others.topup}</option>
          <option value="settlement">${say.others.settlement}</option>
          <option value="adjustment">${say.others.adjustment}</option>
          <option value="limit">${say.others.limit}</option>
        </select>`)}
      ${field(say.amount(symbolOf(code)), html`<input name="amount" inputmode="decimal" required placeholder="0" />`)}
      <button class="primary">${say.doIt}</button>
    `)}
    ${refunds.length === 0 ? nothing : form(app, comesBack, html`
      ${field(say.comesBack, html`
        <select name="refund">
          ${refunds.map(({ place, charge, amount }) => html`<option value=${place}>${say.of(charge, formatMoney(BigInt(amount), app.history.book.currency))}</option>`)}
        </select>`)}
      <button class="primary">${say.sendBack}</button>
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
      if (minor === null) throw new NoAmount(words().hand.writeAmount(words().hand.fields[name] ?? name, formatMinor(22604n, exponent)));
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

function saidWords({ handSaid, history }: App): string {
  if (handSaid === null) return "";
  if (typeof handSaid === "string") return handSaid;
  const { outcome, seqBefore, seqAfter } = handSaid;
  const say = words().hand;
  switch (outcome.kind) {
    case "refused":
      return refusedHeadline(outcome.refusal, (minor) => formatMoney(BigInt(minor), history.book.currency));
    case "replayed":
      return say.replayed;
    case "set":
      return say.limitSet;
    case "released":
      return outcome.charges === 0 ? say.nothingDue : say.matured(formatCount(outcome.charges));
    case "recorded":
      return seqAfter === seqBefore + 1 ? say.recordedAs(formatCount(seqAfter)) : say.recorded;
  }
}
