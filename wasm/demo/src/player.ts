// Plays the steps one after another.

/** Steps in a second. */
export const SPEEDS = [0.5, 1, 4, 16] as const;

export class Player {
  speed: number = 1;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #next: () => boolean;

  /** `next` goes one step on, and says whether there is another. */
  constructor(next: () => boolean) {
    this.#next = next;
  }

  get isPlaying(): boolean {
    return this.#timer !== undefined;
  }

  play(): void {
    this.pause();
    this.#wait();
  }

  pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait(): void {
    this.#timer = setTimeout(() => {
      const isMore = this.#next();
      if (!this.isPlaying) return;
      if (isMore) this.#wait();
      else this.pause();
    }, 1000 / this.speed);
  }
}
