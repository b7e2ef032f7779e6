// Where things are, and how other programs are run.

import { execFile } from "node:child_process";
import { access, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const wasm = fileURLToPath(new URL("..", import.meta.url));
export const root = path.dirname(path.resolve(wasm));
export const target = path.resolve(root, process.env.CARGO_TARGET_DIR ?? "target");

/** Runs a program to its end, and returns what it printed. */
export async function run(program, args, options = {}) {
  const { stdout } = await promisify(execFile)(program, args, { timeout: 300_000, ...options });
  return stdout;
}

/** What the native tests told; they have to run before. */
export async function scenarios() {
  return readFile(await made("tmp/scenarios.jsonl", "cargo test --test tests scenarios"), "utf8");
}

/** A native program of this workspace; it has to be built before. */
export function native(name) {
  return made(`debug/${name}`, "cargo build --workspace --example verify --bin refundry-server");
}

async function made(name, command) {
  const file = path.join(target, name);
  await access(file).catch(() => {
    throw new Error(`${file} is not there: run \`${command}\` first`);
  });
  return file;
}
