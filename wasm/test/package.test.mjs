// The package as others get it: installed from its tarball in an empty project.

import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { browse, serve } from "./browser.mjs";
import { equal, ok } from "./check.mjs";
import { run, wasm } from "./places.mjs";

const pkg = path.join(wasm, "pkg");
const bin = path.join(wasm, "node_modules/.bin");
let folder;
let tarball;
let project;

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "refundry-"));
  const packed = JSON.parse(await run("npm", ["pack", "--json", pkg], { cwd: folder }));
  tarball = path.join(folder, packed[0].filename);
  project = path.join(folder, "project");
  await mkdir(project);
  await writeFile(path.join(project, "package.json"), '{ "private": true, "type": "module" }\n');
  await run("npm", ["install", "--no-audit", "--no-fund", "--offline", tarball], { cwd: project });
});

after(() => rm(folder, { recursive: true }));

/** The examples of the README: those whose first line names their file. */
async function examples() {
  const text = await readFile(path.join(wasm, "README.md"), "utf8");
  const found = {};
  for (const [, example] of text.matchAll(/```(?:js|jsx|html)\n([^]*?)```/g)) {
    const [, name] = /^(?:\/\/|<!--) (\S+)/.exec(example);
    found[name] = example;
  }
  return found;
}

test("the module is no larger than it was", async () => {
  const file = path.join(wasm, "test/size.txt");
  const module = await readFile(path.join(pkg, "refundry.wasm"));
  const sizes = { gzip: gzipSync(module, { level: 9 }).length, brotli: brotliCompressSync(module).length };
  for (const line of (await readFile(file, "utf8")).trimEnd().split("\n")) {
    const [by, was] = line.split(" ");
    const is = sizes[by];
    console.log(`refundry.wasm: ${is} bytes by ${by}, ${was} when last looked at`);
    ok(is <= was * 1.02, `the module grew from ${was} to ${is} bytes by ${by}; if it must, say so in ${file}`);
  }
});

test("publint and are-the-types-wrong find nothing", async () => {
  await run(path.join(bin, "publint"), ["--strict", pkg]);
  // CommonJS is not among what the package is for; Node 20.19 and newer require() it all the same.
  const profile = ["--profile", "esm-only", "--exclude-entrypoints", "refundry.wasm", "full/full.wasm", "verify.html"];
  await run(path.join(bin, "attw"), [tarball, ...profile]);
});

test("the package has what it needs and nothing else", async () => {
  const text = JSON.parse(await readFile(path.join(pkg, "package.json"), "utf8"));
  const cargo = await readFile(path.join(wasm, "../Cargo.toml"), "utf8");
  equal(text.version, /^version = "(\d+\.\d+\.\d+)"$/m.exec(cargo)[1]);
  for (const entry of [".", "./full"]) {
    equal(Object.keys(text.exports[entry]), ["types", "workerd", "node", "browser", "default"]);
  }
  const entries = [".", "./full", "./bundled", "./full/bundled", "./receipt", "./verify.html", "./refundry.wasm", "./full/full.wasm", "./package.json"];
  equal(Object.keys(text.exports), entries);
  const files = await readdir(path.join(project, "node_modules/refundry"), { recursive: true });
  for (const name of ["refundry.wasm", "worker.js", "full/full.wasm", "full/worker.js", "LICENSE-MIT", "LICENSE-APACHE", "README.md", "receipt.js", "verify.html"]) {
    ok(files.includes(name), `${name} is not in the package`);
  }
  const strange = files.filter((name) => !/\.(js|d\.ts|d\.wasm\.ts|md)$|^LICENSE-|^package\.json$|\.wasm$|^full$|^verify\.html$/.test(name));
  equal(strange, []);
  ok(!text.dependencies, "the package depends on nothing");
});

test("the README's examples run in Node", async () => {
  const found = await examples();
  equal(Object.keys(found), ["refund.mjs", "index.html", "ledger.jsx", "books.mjs", "simulate.mjs", "bytes.mjs", "batch.mjs"]);
  const said = {};
  for (const [name, example] of Object.entries(found)) {
    await writeFile(path.join(project, name), example);
    if (name.endsWith(".mjs")) said[name] = await run("node", [name], { cwd: project });
  }
  equal(said["refund.mjs"], "true true\n11704\n[ { amount: '10792', currency: 'EGP' } ]\n");
  equal(said["books.mjs"], "true\ntrue\n");
  equal(said["bytes.mjs"], "1 lines\n{ books: 1, entries: 0, foreign: [], forks: [] }\n");
  equal(said["batch.mjs"], "[ '500', '700' ] 4\n");
  const [, head] = /: ([0-9a-f]{4})…/.exec(found["simulate.mjs"]);
  ok(said["simulate.mjs"].startsWith(head), `the README says ${head}…, and it is ${said["simulate.mjs"]}`);
});

test("the README's page runs in Chromium, and again after a reload", async () => {
  const server = await serve(project);
  const browser = await browse();
  try {
    const page = await browser.newPage();
    await page.goto(`${server.origin}/index.html`);
    const done = () =>
      page.waitForFunction(() => document.body?.textContent.includes("given back"), null, {
        timeout: 60_000,
      });
    await done();
    await page.reload();
    await done();
    const text = await page.textContent("body");
    ok(/^22604 given back; kept for good so far: (true|false)$/.test(text), text);
  } finally {
    await browser.close();
    await server.close();
  }
});

test("the project's README runs in Chromium too", async () => {
  const text = await readFile(path.join(wasm, "../README.md"), "utf8");
  const [, example] = /```js\n([^]*?)```/.exec(text);
  const module = example.replace('"refundry"', '"/node_modules/refundry/browser.js"');
  const page = '<!doctype html><meta charset="utf-8">';
  const ending = "document.title = `${refund.amount} ${kept.storage.kind}`;";
  const server = await serve(project, { "/": page, "/example.mjs": `${module}\n${ending}` });
  const browser = await browse();
  try {
    const page = await browser.newPage();
    await page.goto(`${server.origin}/`);
    await page.evaluate(() => import("/example.mjs"));
    equal(await page.title(), "10900 opfs");
  } finally {
    await browser.close();
    await server.close();
  }
});

test("TypeScript understands the types, and tells errors apart", async () => {
  await cp(path.join(wasm, "test/types"), path.join(project, "types"), { recursive: true });
  for (const settings of ["bundler.json", "nodenext.json", "bare.json"]) {
    await run(path.join(bin, "tsc"), ["--project", path.join(project, "types", settings)]);
  }
});

test("a Vite build of it works", async () => {
  const built = path.join(project, "dist");
  const source = path.join(project, "vite");
  await mkdir(source);
  const html = (await examples())["index.html"].replace("./node_modules/refundry/browser.js", "refundry");
  const local = 'import { Ledger } from "refundry"; (await Ledger.inMemory()).free();';
  await writeFile(path.join(source, "index.html"), html.replace("<script type=\"module\">", `$&${local}`));
  await run(path.join(bin, "vite"), ["build", source, "--outDir", built, "--logLevel", "warn"], { cwd: project });
  const server = await serve(built);
  const browser = await browse();
  try {
    const page = await browser.newPage();
    await page.goto(`${server.origin}/`);
    await page.waitForFunction(() => document.body?.textContent.includes("given back"), null, {
      timeout: 60_000,
    });
  } finally {
    await browser.close();
    await server.close();
  }
});
