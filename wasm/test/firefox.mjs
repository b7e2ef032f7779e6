// Headless Firefox from Debian, by the protocol that it has built in (Marionette): no driver is needed.

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

/** It talks to nobody but the tests' own server. */
const PREFERENCES = {
  "app.normandy.enabled": false,
  "app.update.enabled": false,
  "browser.aboutConfig.showWarning": false,
  "browser.contentblocking.report.lockwise.enabled": false,
  "browser.safebrowsing.downloads.enabled": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.page": 0,
  "datareporting.policy.dataSubmissionEnabled": false,
  "dom.push.connection.enabled": false,
  "extensions.getAddons.cache.enabled": false,
  "extensions.update.enabled": false,
  "marionette.port": 0,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.dns.disablePrefetch": true,
  "network.http.http3.enable": false,
  "network.prefetch-next": false,
  "security.certerrors.mitm.priming.enabled": false,
  "services.settings.server": "data:,none",
  "toolkit.telemetry.enabled": false,
  "toolkit.telemetry.server": "data:,none",
};

/** Starts it; with `preferences` beside those that keep it quiet. */
export async function firefox(preferences = {}) {
  const profile = await mkdtemp(path.join(tmpdir(), "refundry-firefox-"));
  const lines = Object.entries({ ...PREFERENCES, ...preferences }).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
  );
  await writeFile(path.join(profile, "user.js"), lines.join(""));
  const program = process.env.FIREFOX ?? "/usr/bin/firefox-esr";
  const child = spawn(program, ["--headless", "--marionette", "--no-remote", "--profile", profile], {
    stdio: "ignore",
    env: { ...process.env, HOME: profile, MOZ_CRASHREPORTER_DISABLE: "1" },
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const close = async (line) => {
    await Promise.race([line?.ask("Marionette:Quit", { flags: ["eForceQuit"] }), pause(2_000)]).catch(() => {});
    line?.end();
    child.kill("SIGKILL");
    await ended;
    await rm(profile, { recursive: true, maxRetries: 10 });
  };
  try {
    const line = await connect(await portIn(profile, child));
    await line.ask("WebDriver:NewSession", { acceptInsecureCerts: false });
    await line.ask("WebDriver:SetTimeouts", { script: 120_000, pageLoad: 60_000 });
    const home = await line.ask("WebDriver:GetWindowHandle", {});
    const open = (url) => openTab(line, home.value, url);
    return { open, keepsPages: false, close: () => close(line) };
  } catch (error) {
    await close();
    throw error;
  }
}

const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** Where it listens: it writes that down when it does. */
async function portIn(profile, child) {
  for (let tries = 0; tries < 600; tries += 1) {
    if (child.exitCode !== null) throw new Error(`Firefox ended with ${child.exitCode}`);
    const text = await readFile(path.join(profile, "MarionetteActivePort"), "utf8").catch(() => "");
    if (text !== "") return Number(text);
    await pause(100);
  }
  throw new Error("Firefox did not listen for a minute");
}

/** A connection. Each message is its length, a colon, and JSON; one question is asked at a time. */
async function connect(port) {
  const socket = net.connect(port, "127.0.0.1");
  const answers = [];
  const waiting = [];
  const tell = (message) => (waiting.length > 0 ? waiting.shift()(message) : answers.push(message));
  let bytes = Buffer.alloc(0);
  socket.on("data", (data) => {
    bytes = Buffer.concat([bytes, data]);
    for (;;) {
      const colon = bytes.indexOf(":");
      const length = Number(bytes.subarray(0, colon));
      if (colon < 0 || bytes.length < colon + 1 + length) return;
      tell(JSON.parse(bytes.subarray(colon + 1, colon + 1 + length)));
      bytes = bytes.subarray(colon + 1 + length);
    }
  });
  socket.on("error", (error) => tell([1, 0, { message: `${error}` }, null]));
  socket.on("close", () => tell([1, 0, { message: "Firefox closed the connection" }, null]));
  const hear = () =>
    answers.length > 0 ? Promise.resolve(answers.shift()) : new Promise((resolve) => waiting.push(resolve));
  await hear();
  let before = Promise.resolve();
  let next = 1;
  const askNow = async (questions) => {
    let value;
    for (const [name, parameters] of questions) {
      const text = JSON.stringify([0, next, name, parameters]);
      next += 1;
      socket.write(`${Buffer.byteLength(text)}:${text}`);
      const [, , problem, answer] = await hear();
      if (problem !== null) throw new Error(`${name}: ${problem.message}`);
      value = answer;
    }
    return value;
  };
  /** Asks some questions, of which no other may come between; the answer is the last one's. */
  const askAll = (questions) => {
    const answer = before.then(() => askNow(questions));
    before = answer.catch(() => undefined);
    return answer;
  };
  return { askAll, ask: (name, parameters) => askAll([[name, parameters]]), end: () => socket.destroy() };
}

/** Runs a function in the page itself, as Playwright does. */
const SCRIPT = `
  const [text, given, done] = arguments;
  const told = (error) => done(JSON.stringify({ error: String(error?.message ?? error) + "\\n" + String(error?.stack) }));
  try {
    const call = window.Function("return " + text)();
    Promise.resolve(call(JSON.parse(given))).then((value) => done(JSON.stringify({ value })), told);
  } catch (error) {
    told(error);
  }
`;

/** Opens a tab beside the first, which stays. */
async function openTab(line, home, url) {
  const { handle } = await line.askAll([
    ["WebDriver:SwitchToWindow", { handle: home }],
    ["WebDriver:NewWindow", { type: "tab" }],
  ]);
  const here = (name, parameters) => line.askAll([["WebDriver:SwitchToWindow", { handle }], [name, parameters]]);
  const page = {
    goto: (address) => here("WebDriver:Navigate", { url: address }),
    reload: () => here("WebDriver:Refresh", {}),
    close: () => here("WebDriver:CloseWindow", {}),
    /** Chooses a file in a field, as a user does. */
    async setFile(selector, file) {
      const { value } = await here("WebDriver:FindElement", { using: "css selector", value: selector });
      await here("WebDriver:ElementSendKeys", { id: Object.values(value)[0], text: file });
    },
    async evaluate(call, argument = null) {
      const args = [`${call}`, JSON.stringify(argument)];
      const { value } = await here("WebDriver:ExecuteAsyncScript", { script: SCRIPT, args, sandbox: null, newSandbox: true });
      const said = JSON.parse(value);
      if (said.error !== undefined) throw new Error(said.error);
      return said.value;
    },
  };
  await page.goto(url);
  return page;
}
