// Refunds in part with a client of each generator, read back in full.

import { deepEqual, equal, ok } from "node:assert/strict";
import createClient from "openapi-fetch";
import { createClient as createHeyClient } from "./made/hey/client/index.js";
import * as hey from "./made/hey/sdk.gen.js";
import * as orval from "./made/orval.js";
import type { components, paths } from "./made/openapi-typescript.js";

type Refund = components["schemas"]["Refund"];
type PostedRefund = components["schemas"]["PostedRefund"];

const [address, key] = process.argv.slice(2) as [string, string];
const headers = { Authorization: `Bearer ${key}` };

/** What is asked for: each client another amount, so that no one gets the refund of another. */
const body = (amount: string) =>
  ({
    chargeId: "ch_1",
    amount,
    reason: "requested_by_customer",
    description: "a torn page",
    metadata: { order: "17" },
    externalReference: `T-${amount}`,
  }) as const;

/** What a client does: makes a refund, and reads it. */
interface Client {
  create(amount: string): Promise<Refund | undefined>;
  read(id: string): Promise<PostedRefund | undefined>;
}

const fetching = createClient<paths>({ baseUrl: address, headers });
const ofTypes: Client = {
  create: async (amount) => (await fetching.POST("/refunds", { body: body(amount) })).data,
  read: async (id) => (await fetching.GET("/refunds/{id}", { params: { path: { id } } })).data,
};

const client = createHeyClient({ baseUrl: address, auth: key });
const ofHey: Client = {
  create: async (amount) => (await hey.createRefund({ client, body: body(amount) })).data,
  read: async (id) => (await hey.getRefund({ client, path: { id } })).data,
};

const ofOrval: Client = {
  create: async (amount) => {
    const answer = await orval.createRefund(body(amount), {}, { headers });
    return answer.status === 201 ? answer.data : undefined;
  },
  read: async (id) => {
    const answer = await orval.getRefund(id, {}, { headers });
    return answer.status === 200 ? answer.data : undefined;
  },
};

for (const [name, amount, { create, read }] of [
  ["openapi-typescript", "101", ofTypes],
  ["@hey-api/openapi-ts", "102", ofHey],
  ["orval", "103", ofOrval],
] as const) {
  const made = await create(amount);
  ok(made, `${name}: nothing was made`);
  deepEqual(
    { ...made, id: "", balanceTransactionId: "", createdAt: "" },
    {
      ...body(amount),
      id: "",
      currency: "EGP",
      status: "succeeded",
      balanceTransactionId: "",
      createdAt: "",
      paymentIntentId: "pi_1",
    },
    name,
  );
  const found = await read(made.id);
  ok(found, `${name}: ${made.id} was not found`);
  const { ledger, ...refund } = found;
  deepEqual(refund, made, name);
  equal(ledger.postings[0]?.amount, amount, name);
  console.log(`${name}: refunded ${made.amount} of ${made.chargeId}`);
}
