// The page's state, and everything that can change it. Views read it; after each change they are
// drawn again.

import type { Address, Mode } from "./address";
import { History } from "./history";
import { textOf, words, type Text } from "./language";
import { OpenBook, type BookOptions, type Check, type JournalEntry } from "./ledger";
import { DAY, MINUTE } from "./moment";
import { formatCount } from "./money";
import { Player } from "./player";
import { SCENARIOS } from "./scenario";
import { EPOCH, Simulation, type Plan } from "./simulation";
import type { Deed, Happening, Step } from "./step";

export type Tab = "journal" | "statement";
export type Axis = "entry" | "date";
export type HandForm = "charge" | "refund" | "time" | "payout" | "other";

/** How long days may pass before the page may answer, in milliseconds. */
const SLICE = 24;
/** How often the page is drawn while days pass as fast as they can, in milliseconds. */
const GLIMPSE = 250;

export class App {
  mode: Mode = "first";
  scenario: { title: Text; lead: Text } = { title: "", lead: "" };
  merchant = { id: "", name: "" };
  history!: History;
  /** The place looked at: everything up to and including this entry. */
  seq = 0;
  /** The happening looked at, by its place; −1 before the first. */
  at = -1;
  tab: Tab = "journal";
  axis: Axis = "entry";
  /** The row of the statement whose page is shown; none for the last. */
  statementRow: number | null = null;
  handForm: HandForm = "charge";
  /** What came of the last thing done by hand. */
  handSaid: Happening | string | null = null;
  check: Check | null = null;
  plan: Plan = { seed: 7, days: 60 };
  /** Simulated days in a second; 0 for as many as the machine can. */
  speed = 10;
  running: Simulation | null = null;
  /** How many days the last simulation ran. */
  daysRun = 0;
  /** For screen readers: what changed. */
  announcement = "";
  /** Whether the browser's back button should lead back to before the last change. */
  isVisit = false;
  readonly player = new Player(() => this.#playOn());

  readonly #draw: () => void;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  get title(): string {
    if (this.mode === "days") return words().days.title;
    return this.mode === "hand" ? (words().scenarios["hand"] ?? "") : textOf(this.scenario.title);
  }

  get lead(): string {
    if (this.mode === "days") return words().days.lead;
    return this.mode === "hand" ? words().hand.lead : textOf(this.scenario.lead);
  }

  /** The entries looked at: all that a step made, or the one travelled to. A refusal made none. */
  get entries(): readonly JournalEntry[] {
    const happening = this.history.happenings[this.at];
    if (!happening || happening.seqAfter === happening.seqBefore) return [];
    const from = this.seq === happening.seqAfter && !this.isWithin ? happening.seqBefore : this.seq - 1;
    return this.history.entries.slice(from, this.seq);
  }

  /** Whether one entry of several that a step made is looked at. */
  isWithin = false;

  get address(): Address {
    const step = this.history.happenings.length === 0 ? null : this.at + 1;
    return { mode: this.mode, step, seq: this.isWithin ? this.seq : null, plan: this.plan };
  }

  /** Goes where an address leads, in what is open or anew. */
  async visit(address: Address): Promise<void> {
    const isOpen = this.mode === address.mode && this.history !== undefined;
    const isSamePlan = !address.plan || (address.plan.seed === this.plan.seed && address.plan.days === this.plan.days);
    if (address.plan) this.plan = address.plan;
    if (!isOpen || (address.mode === "days" && !isSamePlan)) return this.open(address.mode, address);
    this.#lookThere(address);
    this.#changed();
  }

  /** Loads a scenario, lets days pass, or begins an empty book. */
  async open(mode: Mode, there: Address | null = null): Promise<void> {
    this.cancel();
    this.player.pause();
    this.mode = mode;
    if (mode === "days") return this.runDays(there);
    if (mode === "hand") return this.beginByHand("EGP");
    const scenario = await SCENARIOS[mode]?.load();
    // Something else may have been opened while this was on its way.
    if (!scenario || this.mode !== mode) return;
    await this.#begin({ ...scenario, now: Date.parse(scenario.steps[0]?.at ?? "") });
    this.scenario = scenario;
    for (const step of scenario.steps) this.history.add(step);
    if (there?.step === null || there === null) this.#look(scenario.focus);
    else this.#lookThere(there);
    this.#verify();
    this.#changed(words().page.loaded(this.title), there === null);
  }

  /** An empty book in a currency. */
  async beginByHand(currency: string): Promise<void> {
    const merchant = { id: "acct_yours", name: "متجرك" };
    await this.#begin({ merchant, currency, seed: 5, now: EPOCH + 9 * 60 * MINUTE });
    this.#look(-1);
    this.#verify();
    this.#changed(words().hand.opened);
  }

  /** Looks at the book as of an entry. */
  travelTo(seq: number, isVisit = true): void {
    this.player.pause();
    this.#travel(seq);
    this.#changed("", isVisit);
  }

  /** Looks at what happened, which may have made no entry. */
  lookAt(place: number): void {
    this.player.pause();
    this.#look(place);
    this.#changed("", true);
  }

  /** One step on or back. */
  stepBy(steps: number): void {
    this.lookAt(this.at + steps);
  }

  /** Plays from here, or from the beginning if this is the end; a second time it stops. */
  togglePlay(): void {
    if (this.running) return this.cancel();
    if (this.player.isPlaying) this.player.pause();
    else {
      if (this.at >= this.history.happenings.length - 1) this.#look(-1);
      this.player.play();
    }
    this.#changed("", true);
  }

  choosePlaySpeed(speed: number): void {
    this.player.speed = speed;
    this.#changed();
  }

  chooseAxis(axis: Axis): void {
    this.axis = axis;
    this.#changed();
  }

  show(tab: Tab): void {
    this.tab = tab;
    this.#changed();
  }

  showStatementRow(row: number): void {
    this.statementRow = row;
    this.#changed();
  }

  chooseForm(form: HandForm): void {
    this.handForm = form;
    this.handSaid = null;
    this.#changed();
  }

  /** Does one thing now, a minute after the last. */
  act(deed: Deed, later = MINUTE): void {
    const step: Step = { at: new Date(this.history.book.now + later).toISOString(), ...deed };
    this.handSaid = this.history.add(step);
    this.#look(this.history.happenings.length - 1);
    this.#verify();
    this.#changed();
  }

  /** Lets time pass until what is due has matured. */
  passDays(days: number): void {
    this.act({ do: "release" }, days * DAY);
  }

  /** Says what a form can't send. */
  complain(problem: string): void {
    this.handSaid = problem;
    this.#changed();
  }

  /** Begins the plan's days; they pass at the chosen speed until they are over or canceled. */
  async runDays(there: Address | null = null): Promise<void> {
    this.cancel();
    this.player.pause();
    const simulation = new Simulation(this.plan);
    const merchant = { id: "acct_days", name: "متجر الأيام" };
    await this.#begin({ merchant, currency: "EGP", seed: this.plan.seed, now: EPOCH });
    this.#look(-1);
    this.running = simulation;
    this.#changed(words().days.begin, there === null);
    void this.#pass(simulation, there);
  }

  async #pass(simulation: Simulation, there: Address | null): Promise<void> {
    // Whoever follows a link to a place need not wait for the days before it.
    const speed = () => (there?.step != null ? 0 : this.speed);
    let then = performance.now();
    let owed = 0;
    let drawn = then;
    for (;;) {
      const isGlimpse = speed() !== 0 || then - drawn >= GLIMPSE;
      await (isGlimpse ? nextFrame() : nextTask());
      if (this.running !== simulation) return;
      const now = performance.now();
      // As many days as are due by now, but never so many that the page stops answering.
      owed = speed() === 0 ? Infinity : Math.min(owed, 1) + ((now - then) / 1000) * speed();
      then = now;
      while (owed >= 1 && !simulation.isOver && performance.now() - now < SLICE) {
        this.history.book.together(() => simulation.runDay(this.history));
        owed -= 1;
      }
      this.daysRun = simulation.day;
      if (!isGlimpse && !simulation.isOver) continue;
      drawn = now;
      this.#look(this.history.happenings.length - 1);
      if (simulation.isOver) {
        if (there?.step != null) this.#lookThere(there);
        return this.#stop(words().days.over(formatCount(simulation.day)));
      }
      this.#changed();
    }
  }

  setSpeed(speed: number): void {
    this.speed = speed;
  }

  /** Stops the days where they are; what happened stays. */
  cancel(): void {
    if (this.running) this.#stop(words().days.canceled(formatCount(this.running.day)));
  }

  #stop(said: string): void {
    this.running = null;
    this.#verify();
    this.#changed(said);
  }

  async #begin(options: BookOptions): Promise<void> {
    const book = await OpenBook.open(options);
    this.history?.book.close();
    this.merchant = options.merchant;
    this.history = new History(book);
    this.handSaid = null;
    this.check = null;
    this.statementRow = null;
    this.daysRun = 0;
  }

  #look(place: number): void {
    this.statementRow = null;
    this.isWithin = false;
    this.at = Math.max(-1, Math.min(place, this.history.happenings.length - 1));
    this.seq = this.history.happenings[this.at]?.seqAfter ?? 0;
  }

  #travel(seq: number): void {
    this.statementRow = null;
    this.seq = Math.max(0, Math.min(seq, this.history.last));
    this.at = this.history.happeningAt(this.seq);
    const happening = this.history.happenings[this.at];
    this.isWithin = happening !== undefined && happening.seqAfter > happening.seqBefore + 1;
  }

  #lookThere({ step, seq }: Address): void {
    if (seq !== null) this.#travel(seq);
    else if (step !== null) this.#look(step - 1);
  }

  #playOn(): boolean {
    const last = this.history.happenings.length - 1;
    this.#look(this.at + 1);
    this.#changed();
    return this.at < last;
  }

  #verify(): void {
    const { history } = this;
    this.check = null;
    history.book.verify(history.last, (check) => {
      if (this.history !== history) return;
      this.check = check;
      this.#changed();
    });
  }

  #changed(announcement = "", isVisit = false): void {
    this.announcement = announcement;
    this.isVisit ||= isVisit;
    this.#draw();
  }
}

/** Lets the page answer clicks, without waiting for a frame. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    // A hidden page gets no frames; its days pass all the same.
    if (document.hidden) setTimeout(resolve, 16);
    else requestAnimationFrame(() => resolve());
  });
}
