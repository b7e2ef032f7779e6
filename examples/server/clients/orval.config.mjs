// Where the server listens is known when the client is made.
const { REFUNDRY_DESCRIPTION: target, REFUNDRY_ADDRESS: baseUrl } = process.env;

export default {
  refundry: { input: { target }, output: { target: "made/orval.ts", client: "fetch", baseUrl } },
};
