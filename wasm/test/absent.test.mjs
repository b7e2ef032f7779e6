// What the small module's SQLite has not: whoever asks for it is told so, and nothing is lost. What it has is the same.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";
import { equal, ok } from "./check.mjs";
import { root, run, wasm } from "./places.mjs";

const folder = await mkdtemp(path.join(os.tmpdir(), "refundry-"));
const program = path.join(folder, "absent");

before(async () => {
  const sources = path.join(await crate("sqlite-wasm-rs"), "src");
  const options = [...(await sqliteOptions()), "-D_GNU_SOURCE", "-DSQLITE_OMIT_LOAD_EXTENSION", "-DSQLITE_THREADSAFE=0"];
  await run("cc", ["-w", "-O0", ...options, "-I", sources, path.join(wasm, "test/absent.c"), "-o", program, "-lm"]);
});

after(() => rm(folder, { recursive: true }));

test("what was left out of SQLite is an error, and the transaction goes on", async () => {
  const lines = (await run(program, [])).trimEnd().split("\n").map((line) => line.split("\t"));
  equal(lines.splice(-2), [["0", "", "COMMIT"], ["0", "", "2 rows, 0 bytes"]]);
  ok(lines.length > 60, "every wish was tried");
  for (const [code, message, sql] of lines) {
    equal(code, "1", sql);
    ok(message.endsWith(": not in refundry.wasm; refundry/full has it"), `${sql}: ${message}`);
  }
});

test("statements answer as the whole SQLite does, without its ways to a faster plan", async () => {
  const lines = path.join(wasm, "test/same.sql");
  const rows = await run("sh", ["-c", '"$0" rows < "$1"', program, lines]);
  const whole = await run("sh", ["-c", 'sed "s/$/;/" "$1" | sqlite3 :memory:', "sh", lines]);
  ok(whole.split("\n").length > 90, "every statement was run");
  equal(rows, whole);
});

/** The folder of a crate's sources. */
async function crate(name) {
  const metadata = await run("cargo", ["metadata", "--locked", "--format-version=1"], { cwd: root, maxBuffer: 1 << 28 });
  return path.dirname(JSON.parse(metadata).packages.find((found) => found.name === name).manifest_path);
}

/** The options that SQLite is compiled with for WebAssembly. */
async function sqliteOptions() {
  const config = await readFile(path.join(root, ".cargo/config.toml"), "utf8");
  return /^SQLITE_WASM_RS_FLAGS = """([^"]*)"""/m.exec(config)[1].trim().split(/\s+/);
}
