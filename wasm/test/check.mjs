// The few checks that tests need, in Node and in a browser alike.

export class Failed extends Error {}

export function equal(actual, expected, what = "") {
  const [a, b] = [JSON.stringify(sorted(actual)), JSON.stringify(sorted(expected))];
  if (a !== b) throw new Failed(`${what}\n  is       ${a}\n  not what ${b}`);
}

export function ok(value, what) {
  if (!value) throw new Failed(what);
}

/** Values without the order of their fields, and with what JSON has no word for. */
function sorted(value) {
  if (typeof value === "bigint" || value === undefined) return String(value);
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(sorted);
  const members = Object.entries(value).map(([name, member]) => [name, sorted(member)]);
  return Object.fromEntries(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a call throws. */
export async function thrown(call) {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Failed(`nothing was refused by ${call}`);
}

/** Checks that a call is refused with this code, and these other facts if any are given. */
export async function refused(call, code, facts = {}) {
  const error = await thrown(call);
  equal(error.code, code, `${call}: ${error.message}`);
  ok(error instanceof Error && error.name === "RefundryError", `${call}: ${error}`);
  ok(Number.isInteger(error.number) && error.number > 0, `${call}: number ${error.number}`);
  for (const [name, value] of Object.entries(facts)) equal(error[name], value, `${call}: ${name}`);
  return error;
}
