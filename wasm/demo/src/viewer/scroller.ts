// A list of any number of rows, of which only those that are seen are elements.

/** The height of a row, in pixels; the stylesheet has it too. */
export const ROW = 36;
/** Browsers can't make an element much higher, so a longer list is scrolled at a scale. */
const HIGHEST = 8_000_000;
/** After this many milliseconds without scrolling, the scrollbar goes where the rows are. */
const QUIET = 150;

export class Scroller {
  readonly #view: HTMLElement;
  readonly #spacer: HTMLElement;
  readonly #window: HTMLElement;
  readonly #draw: (element: HTMLElement, place: number) => void;
  readonly #seen: (from: number, to: number) => void;
  #count = 0;
  /** How far down the first row seen is, in pixels of rows. */
  #offset = 0;
  #scrolled = 0;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #isDue = false;

  /** `draw` fills the element of a row; `seen` is told which rows are. */
  constructor(view: HTMLElement, draw: (element: HTMLElement, place: number) => void, seen: (from: number, to: number) => void) {
    this.#view = view;
    this.#draw = draw;
    this.#seen = seen;
    this.#spacer = document.createElement("div");
    this.#window = document.createElement("div");
    this.#window.className = "window";
    this.#spacer.append(this.#window);
    view.append(this.#spacer);
    view.addEventListener("scroll", () => this.#follow(), { passive: true });
    new ResizeObserver(() => this.redraw()).observe(view);
  }

  get count(): number {
    return this.#count;
  }

  /** How many rows there are from now on; the place stays, unless it is asked to begin anew. */
  setCount(count: number, isNew: boolean): void {
    this.#count = count;
    this.#spacer.style.height = `${Math.min(count * ROW, HIGHEST)}px`;
    if (isNew) this.showRow(0);
    this.redraw();
  }

  /** Brings a row into view, in the middle if it is not seen yet. */
  showRow(place: number): void {
    const top = place * ROW;
    if (top >= this.#offset && top + ROW <= this.#offset + this.#height && place > 0) return this.redraw();
    this.#offset = clamp(place === 0 ? 0 : top - this.#height / 2, this.#most);
    this.#settle();
    this.redraw();
  }

  /** Draws what is seen, once a frame. */
  redraw(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#drawRows();
    });
  }

  get #height(): number {
    return this.#view.clientHeight;
  }

  get #most(): number {
    return Math.max(0, this.#count * ROW - this.#height);
  }

  /** A pixel of the scrollbar is this many pixels of rows. */
  get #scale(): number {
    const room = Math.min(this.#count * ROW, HIGHEST) - this.#height;
    return room <= 0 ? 1 : this.#most / room;
  }

  #follow(): void {
    const { scrollTop } = this.#view;
    const moved = scrollTop - this.#scrolled;
    if (moved === 0) return;
    this.#scrolled = scrollTop;
    const isEnd = scrollTop <= 0 || scrollTop >= this.#view.scrollHeight - this.#height - 1;
    // A turn of the wheel moves rows by as much; only a jump of the scrollbar is scaled.
    const isJump = Math.abs(moved) > this.#height;
    this.#offset = clamp(isJump || isEnd || this.#scale === 1 ? scrollTop * this.#scale : this.#offset + moved, this.#most);
    clearTimeout(this.#settling);
    if (this.#scale !== 1) this.#settling = setTimeout(() => this.#settle(), QUIET);
    this.redraw();
  }

  /** Puts the scrollbar where the rows are. */
  #settle(): void {
    this.#scrolled = Math.round(this.#offset / this.#scale);
    this.#view.scrollTop = this.#scrolled;
    this.#scrolled = this.#view.scrollTop;
  }

  #drawRows(): void {
    const first = Math.floor(this.#offset / ROW);
    const shown = Math.min(this.#count - first, Math.ceil(this.#height / ROW) + 1);
    while (this.#window.children.length < shown) {
      const row = document.createElement("div");
      row.setAttribute("role", "row");
      this.#window.append(row);
    }
    while (this.#window.children.length > Math.max(0, shown)) this.#window.lastElementChild?.remove();
    this.#window.style.transform = `translateY(${-(this.#offset - first * ROW)}px)`;
    for (let place = 0; place < shown; place += 1) this.#draw(this.#window.children[place] as HTMLElement, first + place);
    this.#seen(first, first + shown);
  }
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(value, most));
}
