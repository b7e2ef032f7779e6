#!/bin/sh
# ExcelJS: an amount in Bosnian marks or Macedonian denars is read as a date, because of its column's format.
#
# In a number format "_K" leaves the room that a K takes, and "\K" is the letter itself (ECMA-376, part 1,
# 18.8.31); neither has to do with dates. Excel's accounting format for marks (KM) is written with the first:
# "_-* #,##0.00\ _K_M_-". ExcelJS leaves out what is in brackets or quotes, and if there is any y, m, d, h, M, s
# or b in the rest, it takes the number for a date. One would expect the number in the cell, as openpyxl and
# calamine give it. Marks (KM, DM), denars (den) and shillings (Sh) have such letters; kroner (kr), zlotys and
# what stands in brackets ("[$EGP]") do not. So one file may have both.
#
# It matters for settlement files from there: an amount is a Date, which as a number is milliseconds. JSON has a
# day of 1900 or later, and a sum gains trillions or becomes a text.
#
# Seen with exceljs 4.4.0 (npm), openpyxl 3.1.5 and python-calamine 0.9.1, as printed below:
#   KM: ExcelJS 1900-04-18T01:12:00.000Z, openpyxl 109.05, calamine 109.05
#   den: ExcelJS 1900-04-18T01:12:00.000Z, openpyxl 109.05, calamine 109.05
#   Sh: ExcelJS 1900-04-18T01:12:00.000Z, openpyxl 109.05, calamine 109.05
#   kr: ExcelJS 109.05, openpyxl 109.05, calamine 109.05
#   EGP: ExcelJS 109.05, openpyxl 109.05, calamine 109.05
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund exceljs@4.4.0 > /dev/null
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check openpyxl==3.1.5 python-calamine==0.9.1

cat > write.py <<'PY'
import openpyxl

book = openpyxl.Workbook()
FORMATS = {
    "KM": r"_-* #,##0.00\ _K_M_-",
    "den": r"_-* #,##0.00\ _d_e_n_-",
    "Sh": r"_-* #,##0.00\ \S\h_-",
    "kr": r"_-* #,##0.00\ _k_r_-",
    "EGP": r"[$EGP]\ #,##0.00",
}
for row, (currency, number_format) in enumerate(FORMATS.items(), start=1):
    book.active.cell(row, 1, currency)
    book.active.cell(row, 2, 109.05).number_format = number_format
book.save("amounts.xlsx")
PY
python/bin/python write.py

cat > read.cjs <<'JS'
const { Workbook } = require("exceljs");

(async () => {
  const book = new Workbook();
  await book.xlsx.readFile("amounts.xlsx");
  book.worksheets[0].eachRow((row) => {
    const { value } = row.getCell(2);
    console.log(`${row.getCell(1).value}: ExcelJS ${value instanceof Date ? value.toISOString() : value}`);
  });
})();
JS
cat > read.py <<'PY'
import openpyxl
import python_calamine

calamine = python_calamine.CalamineWorkbook.from_path("amounts.xlsx").get_sheet_by_index(0).to_python()
for cell, [_, amount] in zip(openpyxl.load_workbook("amounts.xlsx").active["B"], calamine, strict=True):
    print(f"openpyxl {cell.value}, calamine {amount}")
PY
node read.cjs > one
python/bin/python read.py > other
said=$(paste -d '|' one other | sed 's/|/, /')
echo "$said"
[ "$said" = "KM: ExcelJS 1900-04-18T01:12:00.000Z, openpyxl 109.05, calamine 109.05
den: ExcelJS 1900-04-18T01:12:00.000Z, openpyxl 109.05, calamine 109.05
Sh: ExcelJS 1900-04-18T01:12:00.000Z, openpyxl 109.05, calamine 109.05
kr: ExcelJS 109.05, openpyxl 109.05, calamine 109.05
EGP: ExcelJS 109.05, openpyxl 109.05, calamine 109.05" ]
