#!/bin/sh
# apache-arrow for JavaScript: 226.04 in a decimal column is 22604, as a number, as a text and in JSON.
#
# A decimal in Arrow is a whole number and a scale, which belongs to the column's type: 22604 and 2. What a row
# or get() gives knows the number alone. Number(), String(), JSON and toArray() leave the scale out. valueOf(2)
# applies it, if the caller knows it, but gives a float. One would expect 226.04, as hyparquet, DuckDB, pandas
# and Polars read the same column. The README does not tell, and the scale is in the column's type only. Their
# issue about it has been open since 2021. A text in JSON has quotes in it, and + joins texts.
#
# It matters wherever Parquet or a query's result is shown in a page (parquet-wasm gives Arrow): amounts are a
# hundred times too large, or a thousand times in dinars. A column of minor units beside it looks the same, and
# is right. Read that one, or divide by the column's type.scale.
#
# Seen with apache-arrow 21.2.0, parquet-wasm 0.8.0, hyparquet 1.33.0 and hyparquet-writer 0.17.0, as printed
# below, for 226.04 and -109.00 in DECIMAL(18,2):
#   hyparquet: 226.04 -109
#   Arrow, as numbers: 22604 -10900; as texts: 22604 -10900; added: 22604-10900
#   Arrow, as JSON: {"amount":"\"22604\""} {"amount":"\"-10900\""}
#   Arrow, by the type's scale 2: 226.04 -109
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund \
    apache-arrow@21.2.0 parquet-wasm@0.8.0 hyparquet@1.33.0 hyparquet-writer@0.17.0 > /dev/null

cat > decimals.mjs <<'JS'
import { tableFromIPC } from "apache-arrow";
import { parquetReadObjects } from "hyparquet";
import { parquetWriteBuffer } from "hyparquet-writer";
import { readParquet } from "parquet-wasm";

const schema = [
  { name: "root", num_children: 1 },
  { name: "amount", type: "INT64", converted_type: "DECIMAL", precision: 18, scale: 2, repetition_type: "REQUIRED" },
];
const file = parquetWriteBuffer({ schema, columnData: [{ name: "amount", data: [226.04, -109] }] });
const rows = await parquetReadObjects({ file });
console.log("hyparquet:", rows.map(({ amount }) => amount).join(" "));

const table = tableFromIPC(readParquet(new Uint8Array(file)).intoIPCStream());
const { scale } = table.getChild("amount").type;
const [sale, refund] = table.toArray();
const both = (tell) => [sale, refund].map(tell).join(" ");
console.log(
  `Arrow, as numbers: ${both(({ amount }) => Number(amount))}; as texts: ${both(({ amount }) => String(amount))}; ` +
    `added: ${sale.amount + refund.amount}`,
);
console.log(`Arrow, as JSON: ${both((row) => JSON.stringify(row))}`);
console.log(`Arrow, by the type's scale ${scale}: ${both(({ amount }) => amount.valueOf(scale))}`);
JS
said=$(node decimals.mjs)
printf '%s\n' "$said"
[ "$said" = 'hyparquet: 226.04 -109
Arrow, as numbers: 22604 -10900; as texts: 22604 -10900; added: 22604-10900
Arrow, as JSON: {"amount":"\"22604\""} {"amount":"\"-10900\""}
Arrow, by the type'"'"'s scale 2: 226.04 -109' ]
