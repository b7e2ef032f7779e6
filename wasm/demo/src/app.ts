// The page's state, and everything that can change it. Views read it; after each change they are
// drawn again.

import { History } from "./history";
import { OpenBook, type BookOptions, type Check } from "./ledger";
import { DAY, MINUTE } from "./moment";
import { SCENARIOS } from "./scenario";
import { EPOCH, Simulation, type Plan } from "./simulation";
import type { Deed, Happening, Step } from "./step";

export type Mode = keyof typeof SCENARIOS | "days" | "hand";
export type Tab = "journal" | "statement";
export type HandForm = "charge" | "refund" | "time" | "payout" | "other";

/** How long days may pass before the page is drawn again, in milliseconds. */
const SLICE = 12;

export class App {
  mode: Mode = "first";
  title = "";
  lead = "";
  merchant = { id: "", name: "" };
  history!: History;
  /** The place looked at: everything up to and including this entry. */
  seq = 0;
  /** The happening looked at, by its place; −1 before the first. */
  at = -1;
  tab: Tab = "journal";
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

  readonly #draw: () => void;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  /** Whether what is looked at made an entry; a refusal made none. */
  get isEntryLookedAt(): boolean {
    const happening = this.history.happenings[this.at];
    return happening !== undefined && happening.seqAfter > happening.seqBefore;
  }

  /** Loads a scenario, lets days pass, or begins an empty book. */
  async open(mode: Mode): Promise<void> {
    this.cancel();
    this.mode = mode;
    if (mode === "days") return this.runDays();
    if (mode === "hand") return this.beginByHand("EGP");
    const scenario = await SCENARIOS[mode]?.load();
    // Something else may have been opened while this was on its way.
    if (!scenario || this.mode !== mode) return;
    this.title = scenario.title;
    this.lead = scenario.lead;
    await this.#begin({ ...scenario, now: Date.parse(scenario.steps[0]?.at ?? "") });
    for (const step of scenario.steps) this.history.add(step);
    this.#look(scenario.focus);
    this.#verify();
    this.#changed(`${this.title} is loaded.`);
  }

  /** An empty book in a currency. */
  async beginByHand(currency: string): Promise<void> {
    this.title = "By hand";
    this.lead = "An empty book. Charge, let time pass, refund and pay out, and see what each does to the ledger.";
    const merchant = { id: "acct_yours", name: "متجرك" };
    await this.#begin({ merchant, currency, seed: 5, now: EPOCH + 9 * 60 * MINUTE });
    this.#look(-1);
    this.#verify();
    this.#changed("An empty book is open.");
  }

  /** Looks at the book as of an entry. */
  travelTo(seq: number): void {
    this.statementRow = null;
    this.seq = Math.max(0, Math.min(seq, this.history.last));
    this.at = this.history.happeningAt(this.seq);
    this.#changed();
  }

  /** Looks at what happened, which may have made no entry. */
  lookAt(place: number): void {
    this.#look(Math.max(-1, Math.min(place, this.history.happenings.length - 1)));
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
  async runDays(): Promise<void> {
    this.cancel();
    this.title = "Simulated days";
    this.lead = "A made-up shop sells, gives back and is paid out. The same seed always gives the same days, down to the last hash.";
    const simulation = new Simulation(this.plan);
    const merchant = { id: "acct_days", name: "متجر الأيام" };
    await this.#begin({ merchant, currency: "EGP", seed: this.plan.seed, now: EPOCH });
    this.#look(-1);
    this.running = simulation;
    this.#changed("The days begin.");
    void this.#pass(simulation);
  }

  async #pass(simulation: Simulation): Promise<void> {
    let then = performance.now();
    let owed = 0;
    for (;;) {
      await nextFrame();
      if (this.running !== simulation) return;
      const now = performance.now();
      // As many days as are due by now, but never so many that the page stops answering.
      owed = this.speed === 0 ? Infinity : Math.min(owed, 1) + ((now - then) / 1000) * this.speed;
      then = now;
      while (owed >= 1 && !simulation.isOver && performance.now() - now < SLICE) {
        simulation.runDay(this.history);
        owed -= 1;
      }
      this.daysRun = simulation.day;
      this.#look(this.history.happenings.length - 1);
      if (simulation.isOver) return this.#stop(`${simulation.day} days have passed.`);
      this.#changed();
    }
  }

  setSpeed(speed: number): void {
    this.speed = speed;
  }

  /** Stops the days where they are; what happened stays. */
  cancel(): void {
    if (this.running) this.#stop(`Canceled after ${this.running.day} days.`);
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
    this.at = place;
    this.seq = this.history.happenings[place]?.seqAfter ?? 0;
  }

  #verify(): void {
    this.check = this.history.book.verify();
  }

  #changed(announcement = ""): void {
    this.announcement = announcement;
    this.#draw();
  }
}

function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    // A hidden page gets no frames; its days pass all the same.
    if (document.hidden) setTimeout(resolve, 16);
    else requestAnimationFrame(() => resolve());
  });
}
