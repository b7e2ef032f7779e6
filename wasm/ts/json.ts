/**
 * Requests as JSON text, which the library reads as strictly as it reads HTTP. What JSON would
 * silently drop or change becomes something that the library refuses: nothing that was computed
 * wrong may pass for "refund everything".
 */

import { invalid } from "./error.js";

/** Stands for a number that is not a whole number JavaScript holds exactly. */
const NO_WHOLE_NUMBER = "0.5";

/** Stands for anything that JSON has no word for. */
const NO_VALUE = "false";

/** Deeper than the library reads; an object that contains itself ends here. */
const DEEPEST = 20;

/** What makes another request when it is lost, and what says how the rest is written. */
const NEEDED = ["amount", "amountCaptured", "status", "liveMode", "negativeBalanceLimit", "toJSON"];

/**
 * Refuses a request with a required field that copying would drop, because it is inherited, a class's getter, or not
 * enumerable. Without its amount, a request would refund everything.
 */
export function refuseLost(request: unknown): void {
  if (typeof request !== "object" || request === null || request instanceof Date) return;
  const lost = NEEDED.find((name) => name in request && !Object.keys(request).includes(name));
  if (lost !== undefined) throw invalid(lost, "a field of the request itself");
}

/** Writes a request. */
export function toJson(request: unknown): string {
  refuseLost(request);
  return write(request, 0);
}

function write(value: unknown, depth: number): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "bigint":
      return value.toString();
    case "number":
      return Number.isSafeInteger(value) ? JSON.stringify(value) : NO_WHOLE_NUMBER;
    case "boolean":
      return String(value);
    case "object":
      return value === null ? "null" : writeObject(value, depth);
    default:
      return NO_VALUE;
  }
}

function writeObject(value: object, depth: number): string {
  if (depth > DEEPEST) return NO_VALUE;
  if (value instanceof Date) {
    return Number.isNaN(value.getTime()) ? NO_VALUE : JSON.stringify(value.toISOString());
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => write(item, depth + 1)).join(",")}]`;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    // A Map, a Set or an instance of some class: its fields are not what it holds.
    return depth === 0 ? writeMembers(value, depth) : "[]";
  }
  return writeMembers(value, depth);
}

function writeMembers(value: object, depth: number): string {
  const members: string[] = [];
  for (const [name, member] of Object.entries(value)) {
    if (member !== undefined) {
      members.push(`${JSON.stringify(name)}:${write(member, depth + 1)}`);
    } else if (name.startsWith("amount")) {
      // The field is there without a value: somebody meant to say how much.
      members.push(`${JSON.stringify(name)}:null`);
    }
  }
  return `{${members.join(",")}}`;
}
