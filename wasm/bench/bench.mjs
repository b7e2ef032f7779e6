// Refunds a second in memory, in Node: Refundry beside statements by hand. All take turns in each
// round, so that what else the machine does falls on all alike; the medians count.

import { writeFile } from "node:fs/promises";
import { performance } from "node:perf_hooks";
// The full module imports the charges, and so it makes the refunds too.
import { Ledger } from "../pkg/full/node.js";
import { contestants } from "./contestants.mjs";

const ROUNDS = 7;
const REFUNDS = Number(process.env.REFUNDS ?? 4_000);
const CHARGES = ROUNDS * REFUNDS;

const bytes = await shop();
const entrants = [];
for (const [name, open] of Object.entries(contestants)) {
  entrants.push({ name, refund: await open(bytes), speeds: [] });
}
for (let round = 0; round < ROUNDS; round += 1) {
  for (const { refund, speeds } of entrants) {
    const begin = performance.now();
    for (let i = round * REFUNDS; i < (round + 1) * REFUNDS; i += 1) {
      refund(`ch_${i}`, 10_900, `0193665c-7a2b-7c3d-8e4f-${String(i).padStart(12, "0")}`);
    }
    speeds.push(REFUNDS / ((performance.now() - begin) / 1_000));
  }
}
for (const entrant of entrants) {
  entrant.median = entrant.speeds.sort((a, b) => a - b)[ROUNDS >> 1];
  console.log(`${entrant.name}: ${Math.round(entrant.median)} refunds/s in memory`);
}
const [own, ...others] = entrants;
const rows = others.map(({ name, median }) => {
  const [a, b] = [own.median, median].map((speed) => Math.round(speed).toLocaleString("en"));
  return `| refunds/s in memory, beside ${name} by hand | ${a} | ${b} | ${(own.median / median).toFixed(2)} | |\n`;
});
if (process.env.REFUNDRY_BENCH_RESULTS !== undefined) {
  await writeFile(`${process.env.REFUNDRY_BENCH_RESULTS}/wasm.md`, rows.join(""));
}
process.exit();

/** A ledger with a charge for every refund. */
async function shop() {
  const ledger = await Ledger.inMemory();
  ledger.createMerchant({ id: "acct_bench", name: "Bench" });
  const moment = "2024-01-03T00:00:00.000Z";
  const charges = function* () {
    for (let i = 0; i < CHARGES; i += 1) {
      yield `{"object":"charge","id":"ch_${i}","merchantId":"acct_bench","amount":"22604","amountCaptured":"22604","fee":"912","currency":"EGP","status":"succeeded","availableOn":"${moment}","createdAt":"${moment}"}\n`;
    }
  };
  ledger.import(charges());
  const bytes = ledger.toBytes();
  ledger.free();
  return bytes;
}
