// The page's side of the worker: every question is a promise of its answer.

import type { Name, Question, Questions, Said } from "./questions";

type Progress = Extract<Said, { progress: string }>;

export class Client {
  readonly #worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  #asked = 0;

  constructor(progress: (progress: Progress) => void) {
    this.#worker.onmessage = ({ data }: MessageEvent<Said>) => {
      if ("progress" in data) return progress(data);
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if ("problem" in data) waiting?.reject(new Error(data.problem));
      else waiting?.resolve(data.value as never);
    };
    this.#worker.onerror = ({ message }) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(message));
      this.#waiting.clear();
    };
  }

  ask<Asked extends Name>(name: Asked, ...args: Parameters<Questions[Asked]>): Promise<ReturnType<Questions[Asked]>> {
    return new Promise((resolve, reject) => {
      this.#asked += 1;
      this.#waiting.set(this.#asked, { resolve, reject });
      const question: Question = { id: this.#asked, name, args };
      this.#worker.postMessage(question);
    });
  }

  end(): void {
    this.#worker.terminate();
  }
}
