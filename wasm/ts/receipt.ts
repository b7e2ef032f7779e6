/**
 * Reads and checks receipts, without a ledger and without WebAssembly: SHA-256 and Ed25519 are the
 * platform's own (WebCrypto).
 */

/** Why a receipt or checkpoint proves nothing. The codes are permanent: the same in Rust, in C and over HTTP. */
export type ReceiptErrorCode =
  | "receipt_invalid"
  | "receipt_unproven"
  | "checkpoint_invalid"
  | "signature_invalid"
  | "checkpoint_inconsistent";

/** A receipt or checkpoint that proves nothing. */
export class ReceiptError extends Error {
  override readonly name = "ReceiptError";
  constructor(
    /** The permanent code. */
    readonly code: ReceiptErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Where a book stood: how many entries it had, and what they were. */
export interface Checkpoint {
  readonly merchantId: string;
  /** How many entries the book had. */
  readonly size: number;
  /** The root of the Merkle tree over the entries, in hexadecimal digits. */
  readonly root: string;
  /** The hash of the last entry in the chain, in hexadecimal digits. */
  readonly last: string;
  /** The text that is published and signed. */
  readonly text: string;
}

/** A signature under a checkpoint. */
export interface CheckpointSignature {
  /** The name of the key. */
  readonly name: string;
  /** The id of the key, in hexadecimal digits. */
  readonly keyId: string;
  /** The 64 bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The refund or charge that a receipt proves. Amounts are digits, in minor units of the currency. */
export interface ReceiptEntry {
  readonly object: "refund" | "charge";
  readonly id: string;
  /** The place in the book's order, from 1. */
  readonly seq: number;
  /** What the customer gets back, or paid. */
  readonly amount: string;
  readonly currency: string;
  /** When it was recorded, in milliseconds since 1970-01-01T00:00:00Z. */
  readonly recordedAt: number;
  readonly effectiveAt: number;
  /** The charge that a refund gives back. */
  readonly chargeId: string | null;
  readonly paymentIntentId: string | null;
  readonly reason: string | null;
  readonly externalReference: string | null;
}

/**
 * A receipt whose proof was checked: the entry is in the book of the checkpoint. Whether that is the shop's own
 * checkpoint is another question: ask `checkSignedBy`, or compare it with a published one by `checkUnder`.
 */
export interface Receipt {
  readonly entry: ReceiptEntry;
  readonly checkpoint: Checkpoint;
  readonly signature: CheckpointSignature | null;
}

type Bytes = Uint8Array<ArrayBuffer>;

const invalid = (problem: string) =>
  new ReceiptError(
    "receipt_invalid",
    `this is no receipt (${problem}); it proves nothing; copy or scan the whole receipt`,
  );
const noCheckpoint = (what: string, problem: string) =>
  new ReceiptError("checkpoint_invalid", `this is no ${what} (${problem}); it proves nothing; copy all of it`);
const notSigned = (problem: string) =>
  new ReceiptError(
    "signature_invalid",
    `the checkpoint ${problem}; it proves nothing; ask the shop which key it signs with`,
  );
const inconsistent = (problem: string) =>
  new ReceiptError(
    "checkpoint_inconsistent",
    `the two checkpoints ${problem}: the book was rolled back or altered, or one of them is of another book; keep both, and ask the shop which is right`,
  );

const LARGEST = 2n ** 53n - 1n;
const ALGORITHM = 1;

/** Reads a receipt, and checks its proof. Throws a `ReceiptError`. */
export async function readReceipt(text: string): Promise<Receipt> {
  if (!text.startsWith("rr1.")) throw invalid("it does not begin with rr1.");
  if (text.length > 4_100) throw invalid("it is too long");
  const bytes = decode(text.slice(4), "-_", false);
  if (bytes === null) throw invalid("it has characters that no receipt has, or was cut off");
  const from = new Reader(bytes);
  const merchantId = from.text();
  const previous = from.bytes(32);
  const begin = from.at;
  const entry = readEntry(from);
  const hash = await sha256([1], previous, bytes.subarray(begin, from.at));
  const size = from.count();
  const root = from.bytes(32);
  if (size < entry.seq) throw invalid("its checkpoint is older than the entry");
  let last: Bytes = hash;
  const path: Bytes[] = [];
  if (size > entry.seq) {
    last = from.bytes(32);
    for (let left = pathLength(entry.seq - 1, size); left > 0; left -= 1) path.push(from.bytes(32));
  }
  const signature = from.optional(() => readSignature(from));
  if (from.at !== bytes.length) throw invalid("something follows its end");
  if (!/^[A-Za-z0-9_-]+$/.test(merchantId)) throw invalid("it names no merchant");
  if (size > entry.seq && !equal(await rootOfPath(entry.seq - 1, size, hash, path), root)) {
    throw new ReceiptError(
      "receipt_unproven",
      "the receipt's entry is not in the book of its checkpoint: one of both was altered; it proves nothing; ask the shop for another receipt",
    );
  }
  return { entry, checkpoint: checkpointOf(merchantId, size, root, last), signature };
}

/** Checks that a key signed the receipt's checkpoint. Throws a `ReceiptError`. */
export async function checkSignedBy(receipt: Receipt, key: string): Promise<void> {
  await checkSignature(receipt.checkpoint, receipt.signature, key);
}

/** Reads a checkpoint as it is published, and checks that a key signed it, whoever else did. Throws a `ReceiptError`. */
export async function readSignedCheckpoint(text: string, key: string): Promise<Checkpoint> {
  const checkpoint = readCheckpoint(text);
  const { name } = await readKey(key);
  let refused: unknown = notSigned("is not signed");
  // Last come those by the key's name: what is wrong with them is what is said.
  const isOwn = (signature: CheckpointSignature) => Number(signature.name === name);
  for (const signature of signaturesOf(text).sort((one, other) => isOwn(one) - isOwn(other))) {
    try {
      await checkSignature(checkpoint, signature, key);
      return checkpoint;
    } catch (error) {
      refused = error;
    }
  }
  throw refused;
}

/**
 * The signatures under a checkpoint. Witnesses may add some of other forms than Ed25519, and by names that no
 * key of a shop has: they are left out.
 */
function signaturesOf(text: string): CheckpointSignature[] {
  const [, lines = ""] = text.split("\n\n");
  return lines.split("\n").filter((line) => line !== "").flatMap((line) => {
    const [, name, encoded = ""] = /^— ([^ ]+) ([^ ]+)$/.exec(line) ?? [];
    const bytes = decode(encoded, "+/", true);
    if (name === undefined || bytes === null) throw noCheckpoint("checkpoint", "a signature is not one");
    const isOurs = bytes.length === 68 && isName(name);
    return isOurs ? [{ name, keyId: hexOf(bytes.slice(0, 4)), bytes: bytes.slice(4) }] : [];
  });
}

async function checkSignature(checkpoint: Checkpoint, signature: CheckpointSignature | null, key: string): Promise<void> {
  const { name, id, bytes } = await readKey(key);
  if (signature === null) throw notSigned("is not signed");
  if (signature.name !== name || signature.keyId !== id) throw notSigned("is signed by another key");
  const imported = await crypto.subtle.importKey("raw", bytes, "Ed25519", false, ["verify"]);
  const signed = new TextEncoder().encode(checkpoint.text);
  if (!(await crypto.subtle.verify("Ed25519", imported, signature.bytes, signed))) {
    throw notSigned("was altered after it was signed, or is forged");
  }
}

/** Signs a receipt with a secret key, `PRIVATE+KEY+…`, and returns the text with the signature. Throws a `ReceiptError`. */
export async function signReceipt(text: string, secret: string): Promise<string> {
  const { checkpoint, signature } = await readReceipt(text);
  if (signature !== null) throw invalid("it is signed already");
  const { name, id, bytes } = await sign(checkpoint.text, secret);
  const unsigned = decode(text.slice(4), "-_", false) ?? new Uint8Array();
  const named = new TextEncoder().encode(name);
  // The mark of absence at the end becomes one of presence.
  const signed = [...unsigned.slice(0, -1), 1, 0, 0, 0, named.length, ...named, ...id, ...bytes];
  const base64 = btoa(String.fromCharCode(...signed));
  return `rr1.${base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

/** Signs a checkpoint with a secret key, and returns what is to be published. Throws a `ReceiptError`. */
export async function signCheckpoint(text: string, secret: string): Promise<string> {
  const checkpoint = readCheckpoint(text);
  const { name, id, bytes } = await sign(checkpoint.text, secret);
  return `${checkpoint.text}\n— ${name} ${btoa(String.fromCharCode(...id, ...bytes))}\n`;
}

/** Checks that the receipt's checkpoint is this one, which the shop has published. Throws a `ReceiptError`. */
export function checkUnder(receipt: Receipt, published: Checkpoint): void {
  if (receipt.checkpoint.text !== published.text) throw inconsistent("are not the same");
}

/** Reads a checkpoint as it is published; its signatures are left out. Throws a `ReceiptError`. */
export function readCheckpoint(text: string): Checkpoint {
  const problem = "its lines are not as a checkpoint has them";
  const [body = ""] = text.trimEnd().split("\n\n");
  const [origin = "", size = "", root = "", head = "", ...more] = body.split("\n");
  const merchantId = /^refundry\/([A-Za-z0-9_-]+)$/.exec(origin)?.[1];
  const hash = decode(root, "+/", true);
  const last = /^[0-9]+:([0-9a-f]{64})$/.exec(head)?.[1];
  const count = Number(size);
  if (merchantId === undefined || hash?.length !== 32 || last === undefined || more.length > 0) {
    throw noCheckpoint("checkpoint", problem);
  }
  const read = checkpointOf(merchantId, count, hash, bytesOf(last));
  if (!Number.isSafeInteger(count) || read.text !== `${body}\n`) throw noCheckpoint("checkpoint", problem);
  return read;
}

/** Checks that a book only grew between two checkpoints, by a proof with one hash on each line. Throws a `ReceiptError`. */
export async function checkConsistency(older: Checkpoint, newer: Checkpoint, proof: string): Promise<void> {
  const hashes = proof.split("\n").filter((line) => line !== "").map((line) => {
    const hash = decode(line, "+/", true);
    if (hash?.length !== 32) throw noCheckpoint("proof of consistency", "a line is no hash in base64");
    return hash;
  });
  if (older.merchantId !== newer.merchantId) throw inconsistent("are of different books");
  if (older.size > newer.size) throw inconsistent("are in the wrong order");
  if (older.size === newer.size) {
    if (older.text !== newer.text) throw inconsistent("say different things about the same entries");
    if (hashes.length === 0) return;
  }
  if (older.size === 0 ? hashes.length > 0 : !(await isConsistent(older, newer, hashes))) {
    throw inconsistent("do not follow from each other by this proof");
  }
}

/** What is left of a receipt's bytes, in the chain's canonical encoding. */
class Reader {
  at = 0;
  private readonly view: DataView;
  constructor(private readonly all: Bytes) {
    this.view = new DataView(all.buffer, all.byteOffset, all.byteLength);
  }

  bytes(count: number): Bytes {
    if (count > this.all.length - this.at) throw invalid("it was cut off");
    this.at += count;
    return this.all.subarray(this.at - count, this.at);
  }

  int(): bigint {
    this.bytes(8);
    return this.view.getBigInt64(this.at - 8);
  }

  /** A number of entries, from 1. */
  count(): number {
    const int = this.int();
    if (int < 1n || int >= 1n << 40n) throw invalid("a number is out of its range");
    return Number(int);
  }

  moment(): number {
    return Number(this.int());
  }

  amount(): bigint {
    const minor = this.int();
    if (minor < 1n || minor > LARGEST) throw invalid("an amount is out of its range");
    return minor;
  }

  text(): string {
    this.bytes(4);
    const bytes = this.bytes(this.view.getUint32(this.at - 4));
    if (!bytes.every((byte) => byte > 0x20 && byte < 0x7f)) throw invalid("a text is not readable");
    return String.fromCharCode(...bytes);
  }

  currency(): string {
    const code = this.text();
    if (code.length !== 3) throw invalid("there is no such currency");
    return code;
  }

  optional<T>(read: () => T): T | null {
    const [mark] = this.bytes(1);
    if (mark !== undefined && mark > 1) throw invalid("a mark of absence is neither 0 nor 1");
    return mark === 1 ? read() : null;
  }
}

function readEntry(from: Reader): ReceiptEntry {
  const seq = from.count();
  const cause = from.int();
  const [effectiveAt, recordedAt] = [from.moment(), from.moment()];
  const reverses = from.optional(() => from.count());
  const count = from.count();
  if (count > 2) throw invalid("it has too many postings");
  const postings = Array.from({ length: count }, () => readPosting(from));
  if (cause !== 1n && cause !== 3n) throw invalid("it is neither of a refund nor of a charge");
  const facts = cause === 1n ? readCharge(from) : readRefund(from, postings[0]?.currency ?? "");
  const isOne = postings.every(({ currency }) => currency === facts.currency);
  const isReversal = cause === 3n;
  if (postings[0]?.amount !== facts.amount || !isOne || (reverses !== null) !== isReversal) {
    throw invalid("its postings are not those of a refund or charge");
  }
  return { ...facts, amount: `${facts.amount}`, seq, recordedAt, effectiveAt };
}

function readPosting(from: Reader) {
  if (from.int() < 1n || from.int() < 1n) throw invalid("there is no such account");
  const amount = from.amount();
  return { amount, currency: from.currency() };
}

function readCharge(from: Reader) {
  const id = from.text();
  const paymentIntentId = from.optional(() => from.text());
  from.amount();
  const amount = from.amount();
  from.int();
  const currency = from.currency();
  from.int();
  from.int();
  const none = { chargeId: null, reason: null, externalReference: null };
  return { object: "charge" as const, id, paymentIntentId, amount, currency, ...none };
}

function readRefund(from: Reader, currency: string) {
  const [id, chargeId, amount] = [from.text(), from.text(), from.amount()];
  const reason = from.optional(() => from.text());
  const externalReference = from.optional(() => from.text());
  from.optional(() => from.bytes(32));
  const none = { paymentIntentId: null };
  return { object: "refund" as const, id, chargeId, amount, currency, reason, externalReference, ...none };
}

function readSignature(from: Reader): CheckpointSignature {
  const name = from.text();
  if (!isName(name)) throw invalid("the key that signed it has no name");
  const keyId = hexOf(from.bytes(4));
  return { name, keyId, bytes: from.bytes(64) };
}

const isName = (name: string) => /^[!-*,-~]{1,64}$/.test(name);

const PRIVATE = "PRIVATE+KEY+";

/** What stands before the 32 bytes of a secret key in PKCS #8. */
const PKCS8 = bytesOf("302e020100300506032b657004220420");

/** A signature, with the name and id of its key. */
async function sign(text: string, secret: string) {
  if (!secret.startsWith(PRIVATE)) throw noCheckpoint("key", "it is not a signing key");
  const { name, id, bytes } = partsOf(secret.slice(PRIVATE.length).trimEnd());
  const pkcs8 = new Uint8Array([...PKCS8, ...bytes.slice(1)]);
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  const { x = "" } = await crypto.subtle.exportKey("jwk", key);
  const known = await keyId(name, new Uint8Array([ALGORITHM, ...(decode(x, "-_", false) ?? [])]));
  if (hexOf(known) !== id) throw otherId();
  const signed = await crypto.subtle.sign("Ed25519", key, new TextEncoder().encode(text));
  return { name, id: known, bytes: new Uint8Array(signed) };
}

/** The parts of a public key, `name+id+key`. */
async function readKey(text: string) {
  const { name, id, bytes } = partsOf(text.trimEnd());
  if (hexOf(await keyId(name, bytes)) !== id) throw otherId();
  return { name, id, bytes: bytes.slice(1) };
}

function partsOf(text: string) {
  const parts = "it does not have a name, an id and a key, with + between";
  const [, name, id, encoded = ""] = /^([^+]*)\+([0-9a-f]{8})\+(.*)$/.exec(text) ?? [];
  if (name === undefined || id === undefined || !isName(name)) throw noCheckpoint("key", parts);
  const bytes = decode(encoded, "+/", true);
  if (bytes?.length !== 33 || bytes[0] !== ALGORITHM) {
    throw noCheckpoint("key", "its last part is no Ed25519 key");
  }
  return { name, id, bytes };
}

const otherId = () => noCheckpoint("key", "its id is not that of its name and key: a letter was altered");

async function keyId(name: string, key: Bytes): Promise<Bytes> {
  return (await sha256(new TextEncoder().encode(`${name}\n`), key)).slice(0, 4);
}

function checkpointOf(merchantId: string, size: number, root: Bytes, last: Bytes): Checkpoint {
  const encoded = btoa(String.fromCharCode(...root));
  const text = `refundry/${merchantId}\n${size}\n${encoded}\n${size}:${hexOf(last)}\n`;
  return { merchantId, size, root: hexOf(root), last: hexOf(last), text };
}

// The Merkle tree of RFC 6962. Numbers of leaves are below 2^40, so half of one is computed by division.

const half = (number: number) => Math.floor(number / 2);

/** How many hashes the path of a leaf has. */
function pathLength(index: number, size: number): number {
  let length = 0;
  for (let last = size - 1; last > 0; last = half(last), index = half(index)) {
    if (index % 2 === 1 || index < last) length += 1;
  }
  return length;
}

/** The root to which a path leads from the leaf of an entry. */
async function rootOfPath(index: number, size: number, entry: Bytes, path: Bytes[]): Promise<Bytes> {
  let hash = await sha256([0], entry);
  let next = 0;
  for (let last = size - 1; last > 0; last = half(last), index = half(index)) {
    const beside = path[next];
    if (beside === undefined) break;
    if (index % 2 === 1) hash = await node(beside, hash);
    else if (index < last) hash = await node(hash, beside);
    else continue;
    next += 1;
  }
  return hash;
}

async function isConsistent(older: Checkpoint, newer: Checkpoint, proof: Bytes[]): Promise<boolean> {
  const [old, root] = [bytesOf(older.root), bytesOf(newer.root)];
  let [index, last] = [older.size - 1, newer.size - 1];
  // Up to where the old tree's last whole subtree begins, both trees are the same.
  while (index % 2 === 1) [index, last] = [half(index), half(last)];
  const [first, ...rest] = index === 0 ? [old, ...proof] : proof;
  if (first === undefined) return false;
  let [oldRoot, newRoot] = [first, first];
  for (const hash of rest) {
    if (last === 0) return false;
    if (index % 2 === 1 || index === last) {
      [oldRoot, newRoot] = [await node(hash, oldRoot), await node(hash, newRoot)];
      while (index % 2 === 0 && index > 0) [index, last] = [half(index), half(last)];
    } else {
      newRoot = await node(newRoot, hash);
    }
    [index, last] = [half(index), half(last)];
  }
  return last === 0 && equal(oldRoot, old) && equal(newRoot, root);
}

const node = (left: Bytes, right: Bytes) => sha256([1], left, right);

async function sha256(...parts: (Bytes | number[])[]): Promise<Bytes> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

const equal = (one: Bytes, other: Bytes) => hexOf(one) === hexOf(other);

const hexOf = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

function bytesOf(hex: string): Bytes {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}

/** Reads base64 with two letters of its own. One text alone means some bytes; for any other it is `null`. */
function decode(text: string, letters: "-_" | "+/", padded: boolean): Bytes | null {
  const [plus = "", slash = ""] = letters;
  if (!/^[A-Za-z0-9+/_=-]*$/.test(text)) return null;
  const standard = text.replaceAll(plus, "+").replaceAll(slash, "/");
  try {
    const bytes = Uint8Array.from(atob(standard), (letter) => letter.charCodeAt(0));
    const again = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    const own = again.replaceAll("+", plus).replaceAll("/", slash);
    return (padded ? own : own.replaceAll("=", "")) === text ? bytes : null;
  } catch {
    return null;
  }
}
