// The package in every host that is no browser.

import { spawn } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import test, { after, before } from "node:test";
import { ok } from "./check.mjs";
import { run, wasm } from "./places.mjs";
import { answerOf, bin, freePort, makeProject } from "./project.mjs";

let project;

before(async () => (project = await makeProject()));
after(() => project?.remove());

for (const [name, program, args] of [
  ["Node", "node", []],
  ["Bun", path.join(bin, "bun"), ["run"]],
  ["Deno", path.join(bin, "deno"), ["run", "--allow-read", "--no-remote", "--cached-only", "--node-modules-dir=manual"]],
]) {
  test(`operations, refusals and missing files, in ${name}`, async () => {
    await cp(path.join(wasm, "test/hosts/trial.mjs"), path.join(project.folder, "trial.mjs"));
    const env = { ...process.env, DENO_DIR: path.join(project.folder, "deno"), DENO_NO_UPDATE_CHECK: "1" };
    const said = await run(program, [...args, "trial.mjs", name], { cwd: project.folder, env });
    ok(/^passed \d{2,}$/m.test(said), said);
  });
}

test("it works unchanged in workerd", async () => {
  const out = path.join(project.folder, "workerd");
  await project.write("worker.mjs", await readFile(path.join(wasm, "test/hosts/workerd.mjs"), "utf8"));
  await project.esbuild("worker.mjs", out, ["--format=esm", "--conditions=workerd,worker,browser", "--loader:.wasm=copy", "--asset-names=[name]"]);
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
