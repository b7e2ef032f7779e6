// A component on the README's recipe, shown, hidden and shown again in StrictMode.

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RemoteLedger } from "refundry";
import { useLedger } from "./ledger.jsx";

let opened = 0;
const open = RemoteLedger.open;
RemoteLedger.open = (...args) => {
  opened += 1;
  return open.apply(RemoteLedger, args);
};

let tell;
let mounted = 0;

function Shop() {
  const { ledger, error } = useLedger("react");
  if (error !== undefined) tell(`${error.code} ${error.message}`);
  if (ledger !== undefined) tell(ledger);
  return ledger === undefined ? "opening" : "open";
}

/** Shows the component until its ledger is open, and hides it. */
async function show(use) {
  const root = createRoot(document.createElement("div"));
  const ledger = await new Promise((resolve) => {
    tell = resolve;
    root.render(<StrictMode><Shop /></StrictMode>);
  });
  const told = typeof ledger === "string" ? ledger : await use(ledger);
  root.unmount();
  return told;
}

async function all() {
  const begin = opened;
  const first = await show(async (ledger) => {
    await ledger.createMerchant({ name: "React" });
    return "made";
  });
  mounted = opened - begin;
  const count = async (ledger) => {
    const { length } = await ledger.merchants();
    return `${length} merchant`;
  };
  const shown = await show(count);
  const after = await RemoteLedger.open("react", { wait: 1_000 });
  const said = await count(after);
  await after.free();
  if (first !== "made") return first;
  return `each time opened ${mounted} times, ${opened} in all, shown: ${shown}, after it: ${said}`;
}

globalThis.done = all().catch((error) => `${error.code} ${error.stack}`);
