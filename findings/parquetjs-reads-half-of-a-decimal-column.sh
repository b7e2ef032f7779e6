#!/bin/sh
# @dsnp/parquetjs: a DECIMAL(9,2) column comes back as other amounts, from a file that it wrote itself.
#
# Parquet allows a DECIMAL of at most nine digits as INT32 and as INT64. This package writes INT64 and reads
# any column of at most nine digits as INT32. So each amount is followed by the upper half of its own bytes
# (0.00 after a sale, -0.01 after a refund), and the last half of the rows is gone. The count of rows is
# right, and nothing is thrown. One would expect the amounts that went in: another reader shows that the file
# has them. It happens as well to a file of another writer, when that chose INT64 for a small precision.
# A second fault is in the writer: amounts are cut downwards, so 19.99 is kept as 19.98 and -0.07 as -0.08.
#
# It matters since a settlement export of (9,2) is the ordinary case: the sum is plausible and wrong, and
# the later refunds are not in it.
#
# Seen with @dsnp/parquetjs 1.8.9, hyparquet 1.33.0 and hyparquet-writer 0.17.0, as printed below. (1.9.3 is
# newer, and its package has no code in it.)
#   itself reads:        226.04 0 -109.5 -0.01
#   hyparquet reads:     226.04 -109.5 50.25 -10.25
#   of another writer:   226.04 0 -109.5 -0.01
#   written as cents:    1998 28 -8
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @dsnp/parquetjs@1.8.9 hyparquet@1.33.0 hyparquet-writer@0.17.0 > /dev/null

cat > read.mjs <<'JS'
import { readFileSync, writeFileSync } from "node:fs";
import parquetjs from "@dsnp/parquetjs";
import { parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";

async function write(file, precision, amounts) {
  const schema = new parquetjs.ParquetSchema({ amount: { type: "DECIMAL", precision, scale: 2 } });
  const writer = await parquetjs.ParquetWriter.openFile(schema, file);
  for (const amount of amounts) await writer.appendRow({ amount });
  await writer.close();
}

async function read(file) {
  const reader = await parquetjs.ParquetReader.openFile(file);
  const cursor = reader.getCursor();
  const amounts = [];
  for (let row = await cursor.next(); row; row = await cursor.next()) amounts.push(row.amount);
  await reader.close();
  return amounts.join(" ");
}

async function readElsewhere(path) {
  const bytes = readFileSync(path);
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  return (await parquetReadObjects({ file })).map((row) => row.amount);
}

const amounts = [226.04, -109.5, 50.25, -10.25];
await write("nine", 9, amounts);
console.log("itself reads:       ", await read("nine"));
console.log("hyparquet reads:    ", (await readElsewhere("nine")).join(" "));

const schema = [
  { name: "root", num_children: 1 },
  { name: "amount", type: "INT64", converted_type: "DECIMAL", precision: 9, scale: 2, repetition_type: "REQUIRED" },
];
writeFileSync("other", Buffer.from(parquetWriteBuffer({ schema, columnData: [{ name: "amount", data: amounts }] })));
console.log("of another writer:  ", await read("other"));

await write("eighteen", 18, [19.99, 0.29, -0.07]);
const cents = (await readElsewhere("eighteen")).map((amount) => Math.round(amount * 100));
console.log("written as cents:   ", cents.join(" "));
JS
said=$(node read.mjs)
echo "$said"
[ "$said" = "itself reads:        226.04 0 -109.5 -0.01
hyparquet reads:     226.04 -109.5 50.25 -10.25
of another writer:   226.04 0 -109.5 -0.01
written as cents:    1998 28 -8" ]
