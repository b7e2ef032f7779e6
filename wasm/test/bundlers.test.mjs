// What bundlers make of the package, in two browsers.

import { spawn } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import test, { after, before } from "node:test";
import { chromiumPages, serve } from "./browser.mjs";
import { equal, ok } from "./check.mjs";
import { firefox } from "./firefox.mjs";
import { run, wasm } from "./places.mjs";
import { answerOf, bin, freePort, makeProject } from "./project.mjs";

let project;
let browsers;

before(async () => {
  project = await makeProject();
  await project.write("app.js", APP);
  await project.write("index.html", page("app.js"));
  browsers = { Chromium: await chromiumPages(), Firefox: await firefox() };
});

after(async () => {
  await Promise.all(Object.values(browsers ?? {}).map((browser) => browser.close()));
  await project?.remove();
});

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
    await visitAll(`${server.origin}${place}`);
  } finally {
    await server.close();
  }
}

/** In both browsers at once: each has its own files. */
function visitAll(url) {
  const visited = async ([name, browser]) => equal(await visit(browser, url), SAID, name);
  return Promise.all(Object.entries(browsers).map(visited));
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

/** A folder with a page and what a bundler made of its script. */
async function site(name, bundle, html = page("app.js")) {
  const out = path.join(project.folder, name);
  await mkdir(out);
  await writeFile(path.join(out, "index.html"), html);
  await bundle(out);
  return out;
}

test("it works in a page without a bundler, from another origin too", async () => {
  const near = APP.replace('"refundry"', '"/node_modules/refundry/browser.js"');
  await project.write("plain.js", near);
  await project.write("plain.html", page("plain.js"));
  await tryPages(project.folder, "/plain.html");
  const other = await serve(project.folder);
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
    const all = path.join(project.folder, "node_modules/refundry");
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
  await project.write("vite.config.js", config);
  const { port, release } = await freePort();
  await release();
  const vite = path.join(bin, "vite");
  const child = spawn(vite, ["--host", "127.0.0.1", "--port", `${port}`, "--strictPort"], { cwd: project.folder, stdio: "ignore" });
  try {
    await answerOf(`http://127.0.0.1:${port}/`);
    await visitAll(`http://127.0.0.1:${port}/`);
  } finally {
    child.kill("SIGKILL");
  }
  const out = path.join(project.folder, "vite");
  await run(vite, ["build", "--outDir", out, "--logLevel", "warn"], { cwd: project.folder });
  await tryPages(out);
});

test("it works in what webpack builds", async () => {
  const out = await site("webpack", async (out) => {
    await project.write("webpack.mjs", WEBPACK);
    equal(await run("node", ["webpack.mjs", out], { cwd: project.folder }), "");
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
  await project.write("bundled.js", APP.replace('"refundry"', '"refundry/bundled"'));
  await tryPages(await site("esbuild", (out) => project.esbuild("app=bundled.js", out, ["--format=esm"])));
  const script = page("app.js").replace(' type="module"', "");
  await tryPages(await site("iife", (out) => project.esbuild("app=bundled.js", out, ["--format=iife", "--minify"]), script));
  await tryPages(
    await site("bun", async (out) => {
      const args = ["build", "bundled.js", "--target=browser", `--outfile=${path.join(out, "app.js")}`];
      await run(path.join(bin, "bun"), args, { cwd: project.folder });
    }),
  );
});

test("what esbuild makes of the other entry says what is missing", async () => {
  const out = await site("broken", (out) => project.esbuild("app.js", out, ["--format=esm"]));
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
  await project.write("ledger.jsx", recipe);
  await project.write("react.jsx", await readFile(path.join(wasm, "test/hosts/react.jsx"), "utf8"));
  const out = await site("react", (out) =>
    project.esbuild("app=react.jsx", out, [
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
