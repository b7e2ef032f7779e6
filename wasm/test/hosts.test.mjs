// The package in every host that is no browser, and what bundlers make of it, in two browsers.

import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import test, { after, before } from "node:test";
import { chromiumPages, serve } from "./browser.mjs";
import { equal, ok } from "./check.mjs";
import { firefox } from "./firefox.mjs";
import { run, wasm } from "./places.mjs";

const hosts = path.join(wasm, "hosts");
const bin = path.join(hosts, "node_modules/.bin");
let project;
let browsers;

before(async () => {
  // React is found in the folder above; the package is as others get it.
  project = await mkdtemp(path.join(hosts, "made-"));
  const packed = JSON.parse(await run("npm", ["pack", "--json", path.join(wasm, "pkg")], { cwd: project }));
  const installed = path.join(project, "node_modules/refundry");
  await mkdir(installed, { recursive: true });
  await run("tar", ["-xzf", packed[0].filename, "-C", installed, "--strip-components=1"], { cwd: project });
  // Where the cases look for what needs no ledger.
  await symlink(installed, path.join(project, "pkg"));
  await write("package.json", '{ "private": true, "type": "module" }\n');
  await cp(path.join(wasm, "test"), path.join(project, "cases"), {
    recursive: true,
    filter: (file) => !file.endsWith(".test.mjs"),
  });
  await write("app.js", APP);
  await write("index.html", page("app.js"));
  browsers = { Chromium: await chromiumPages(), Firefox: await firefox() };
});

after(async () => {
  await Promise.all(Object.values(browsers ?? {}).map((browser) => browser.close()));
  await rm(project, { recursive: true, force: true });
});

const write = (name, text) => writeFile(path.join(project, name), text);
const page = (script) =>
  `<!doctype html><meta charset="utf-8"><body></body><script type="module" src="./${script}"></script>\n`;

/** A page that uses all there is: memory here and in a worker, a stored ledger, and the way to wait for it. */
const APP = `
  import { Ledger, RemoteLedger } from "refundry";

  async function all() {
    const local = await Ledger.inMemory();
    local.createMerchant({ name: "Here" });
    const here = local.merchants().length;
    const remote = await RemoteLedger.fromBytes(local.toBytes());
    const there = (await remote.merchants()).length;
    await remote.free();
    const stored = await RemoteLedger.open("shop");
    await stored.createMerchant({ name: "Stored" });
    globalThis.stored = stored;
    const count = (await stored.merchants()).length;
    return \`\${here} here, \${there} there, \${count} stored\`;
  }
  globalThis.done = all().catch((error) => \`\${error.code} \${error.message}\`);
`;

/** What a page of a site says in each browser: at first, after a reload, and in a second tab. */
async function tryPages(folder, place = "/") {
  const server = await serve(folder);
  try {
    for (const [name, browser] of Object.entries(browsers)) {
      equal(await visit(browser, `${server.origin}${place}`), SAID, name);
    }
  } finally {
    await server.close();
  }
}

const SAID = ["1 here, 1 there, 1 stored", "1 here, 1 there, 2 stored", "1 here, 1 there, 3 stored"];

async function visit(browser, url) {
  const first = await browser.open(url);
  const said = [await told(first)];
  await first.reload();
  said.push(await told(first));
  const second = await browser.open(url);
  // It waits while the first tab has the ledger.
  await first.evaluate(() => globalThis.stored?.free());
  said.push(await told(second));
  await second.close();
  await first.close();
  return said;
}

/** What a page says when its module has run. */
function told(page) {
  return page.evaluate(async () => {
    for (let tries = 0; globalThis.done === undefined; tries += 1) {
      if (tries > 300) throw new Error("the page's module did not run");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return globalThis.done;
  });
}

for (const [name, program, args] of [
  ["Node", "node", []],
  ["Bun", path.join(bin, "bun"), ["run"]],
  ["Deno", path.join(bin, "deno"), ["run", "--allow-read", "--no-remote", "--cached-only", "--node-modules-dir=manual"]],
]) {
  test(`operations, refusals and missing files, in ${name}`, async () => {
    await cp(path.join(wasm, "test/hosts/trial.mjs"), path.join(project, "trial.mjs"));
    const env = { ...process.env, DENO_DIR: path.join(project, "deno"), DENO_NO_UPDATE_CHECK: "1" };
    const said = await run(program, [...args, "trial.mjs", name], { cwd: project, env });
    ok(/^passed \d{2,}$/m.test(said), said);
  });
}

test("it works unchanged in workerd", async () => {
  const out = path.join(project, "workerd");
  await write("worker.mjs", await readFile(path.join(wasm, "test/hosts/workerd.mjs"), "utf8"));
  await esbuild("worker.mjs", out, ["--format=esm", "--conditions=workerd,worker,browser", "--loader:.wasm=copy", "--asset-names=[name]"]);
  const { port, release } = await freePort();
  await writeFile(
    path.join(out, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [(name = "main", worker = (
        compatibilityDate = "2025-01-01",
        modules = [
          (name = "worker.js", esModule = embed "worker.js"),
          (name = "full.wasm", wasm = embed "full.wasm"),
        ],
      ))],
      sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
    );`,
  );
  await release();
  const child = spawn(path.join(bin, "workerd"), ["serve", "config.capnp"], { cwd: out, stdio: ["ignore", "ignore", "pipe"] });
  let problems = "";
  child.stderr.on("data", (text) => (problems += text));
  try {
    const said = await answerOf(`http://127.0.0.1:${port}/`).catch((error) => `${error}\n${problems}`);
    ok(/^passed \d{2,}$/.test(said), said);
  } finally {
    child.kill("SIGKILL");
  }
});

async function answerOf(url) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await (await fetch(url, { signal: AbortSignal.timeout(60_000) })).text();
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: server.address().port, release: () => new Promise((resolve) => server.close(resolve)) };
}

async function esbuild(entry, out, args) {
  const said = await run(path.join(bin, "esbuild"), [entry, "--bundle", `--outdir=${out}`, "--log-level=warning", ...args], { cwd: project });
  equal(said, "");
}

/** A folder with a page and what a bundler made of its script. */
async function site(name, bundle, html = page("app.js")) {
  const out = path.join(project, name);
  await mkdir(out);
  await writeFile(path.join(out, "index.html"), html);
  await bundle(out);
  return out;
}

test("it works in a page without a bundler, from another origin too", async () => {
  const near = APP.replace('"refundry"', '"/node_modules/refundry/browser.js"');
  await write("plain.js", near);
  await write("plain.html", page("plain.js"));
  await tryPages(project, "/plain.html");
  const other = await serve(project);
  try {
    const far = await site("far", (out) =>
      writeFile(path.join(out, "app.js"), APP.replace('"refundry"', `"${other.origin}/node_modules/refundry/browser.js"`)),
    );
    await tryPages(far);
  } finally {
    await other.close();
  }
});

test("what load is told holds for workers too", async () => {
  const out = await site("moved", async (out) => {
    const all = path.join(project, "node_modules/refundry");
    await cp(all, path.join(out, "js"), { recursive: true, filter: (file) => !file.endsWith(".wasm") });
    await mkdir(path.join(out, "module"));
    await cp(path.join(all, "refundry.wasm"), path.join(out, "module/moved.wasm"));
  });
  const server = await serve(out);
  const source = {
    url: '"module/moved.wasm"',
    bytes: 'new Uint8Array(await (await fetch("module/moved.wasm")).arrayBuffer())',
    compiled: 'await WebAssembly.compileStreaming(fetch("module/moved.wasm"))',
    response: 'fetch("module/moved.wasm")',
  };
  try {
    for (const [name, said] of Object.entries(source)) {
      const begin = `import { load } from "/js/browser.js";\nawait load(${said});\n`;
      await writeFile(path.join(out, "app.js"), `${begin}${APP.replace('"refundry"', '"/js/browser.js"')}`);
      const tab = await browsers[name === "url" ? "Firefox" : "Chromium"].open(`${server.origin}/`);
      ok(/^1 here, 1 there, \d stored$/.test(await told(tab)), name);
      await tab.close();
    }
  } finally {
    await server.close();
  }
});

test("it works in Vite's server and in what Vite builds", async () => {
  const config = "export default { optimizeDeps: { noDiscovery: true }, build: { rollupOptions: { input: 'index.html' } } };";
  await write("vite.config.js", config);
  const { port, release } = await freePort();
  await release();
  const vite = path.join(bin, "vite");
  const child = spawn(vite, ["--host", "127.0.0.1", "--port", `${port}`, "--strictPort"], { cwd: project, stdio: "ignore" });
  try {
    await answerOf(`http://127.0.0.1:${port}/`);
    for (const [name, browser] of Object.entries(browsers)) {
      equal(await visit(browser, `http://127.0.0.1:${port}/`), SAID, name);
    }
  } finally {
    child.kill("SIGKILL");
  }
  const out = path.join(project, "vite");
  await run(vite, ["build", "--outDir", out, "--logLevel", "warn"], { cwd: project });
  await tryPages(out);
});

test("it works in what webpack builds", async () => {
  const out = await site("webpack", async (out) => {
    await write("webpack.mjs", WEBPACK);
    equal(await run("node", ["webpack.mjs", out], { cwd: project }), "");
  });
  await tryPages(out);
});

const WEBPACK = `
  import webpack from "webpack";

  const output = { path: process.argv[2], filename: "app.js" };
  webpack({ mode: "production", entry: "./app.js", output, context: import.meta.dirname }, (error, stats) => {
    if (error) throw error;
    const problems = stats.toJson({ errors: true, warnings: true });
    const told = [...problems.errors, ...problems.warnings].map(({ message }) => message);
    // How large it is, is known.
    for (const message of told.filter((message) => !/size limit|performance recommendations/.test(message))) console.log(message);
  });
`;

test("its bundled entry works in what esbuild and Bun build", async () => {
  await write("bundled.js", APP.replace('"refundry"', '"refundry/bundled"'));
  await tryPages(await site("esbuild", (out) => esbuild("app=bundled.js", out, ["--format=esm"])));
  const script = page("app.js").replace(' type="module"', "");
  await tryPages(await site("iife", (out) => esbuild("app=bundled.js", out, ["--format=iife", "--minify"]), script));
  await tryPages(
    await site("bun", async (out) => {
      const args = ["build", "bundled.js", "--target=browser", `--outfile=${path.join(out, "app.js")}`];
      await run(path.join(bin, "bun"), args, { cwd: project });
    }),
  );
});

test("what esbuild makes of the other entry says what is missing", async () => {
  const out = await site("broken", (out) => esbuild("app.js", out, ["--format=esm"]));
  const server = await serve(out);
  try {
    for (const [name, browser] of Object.entries(browsers)) {
      const tab = await browser.open(`${server.origin}/`);
      const said = await told(tab);
      ok(/^api_error the WebAssembly module could not be loaded from .* import refundry\/bundled/.test(said), `${name}: ${said}`);
      await tab.close();
    }
  } finally {
    await server.close();
  }
});

test("the README's recipe for React works in StrictMode", async () => {
  const readme = await readFile(path.join(wasm, "README.md"), "utf8");
  const [, recipe] = /```jsx\n(\/\/ ledger\.jsx\n[^]*?)```/.exec(readme);
  await write("ledger.jsx", recipe);
  await write("react.jsx", await readFile(path.join(wasm, "test/hosts/react.jsx"), "utf8"));
  const out = await site("react", (out) =>
    esbuild("app=react.jsx", out, [
      "--format=esm",
      "--jsx=automatic",
      "--alias:refundry=refundry/bundled",
      // With the checks and double effects that developers get.
      '--define:process.env.NODE_ENV="development"',
    ]),
  );
  const server = await serve(out);
  try {
    for (const [name, browser] of Object.entries(browsers)) {
      const tab = await browser.open(`${server.origin}/`);
      equal(await told(tab), "each time opened 2 times, 5 in all, shown: 1 merchant, after it: 1 merchant", name);
      await tab.close();
    }
  } finally {
    await server.close();
  }
});
