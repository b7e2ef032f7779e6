// A project in which the package is installed as others get it, beside what bundlers and hosts it is tried with.

import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { equal } from "./check.mjs";
import { run, wasm } from "./places.mjs";

const hosts = path.join(wasm, "hosts");
export const bin = path.join(hosts, "node_modules/.bin");

/** Makes it: `{ folder, write(name, text), esbuild(entry, out, args), remove() }`. */
export async function makeProject() {
  // React is found in the folder above; the package is as others get it.
  const folder = await mkdtemp(path.join(hosts, "made-"));
  const packed = JSON.parse(await run("npm", ["pack", "--json", path.join(wasm, "pkg")], { cwd: folder }));
  const installed = path.join(folder, "node_modules/refundry");
  await mkdir(installed, { recursive: true });
  await run("tar", ["-xzf", packed[0].filename, "-C", installed, "--strip-components=1"], { cwd: folder });
  // Where the cases look for what needs no ledger.
  await symlink(installed, path.join(folder, "pkg"));
  const write = (name, text) => writeFile(path.join(folder, name), text);
  await write("package.json", '{ "private": true, "type": "module" }\n');
  await cp(path.join(wasm, "test"), path.join(folder, "cases"), {
    recursive: true,
    filter: (file) => !file.endsWith(".test.mjs"),
  });
  const esbuild = async (entry, out, args) => {
    const all = [entry, "--bundle", `--outdir=${out}`, "--log-level=warning", ...args];
    equal(await run(path.join(bin, "esbuild"), all, { cwd: folder }), "");
  };
  return { folder, write, esbuild, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** What a server says, once it is there. */
export async function answerOf(url) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await (await fetch(url, { signal: AbortSignal.timeout(60_000) })).text();
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

export async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: server.address().port, release: () => new Promise((resolve) => server.close(resolve)) };
}
