#!/bin/sh
# @dintero/money: a negative amount that it wrote in Norwegian is read back as a positive one.
#
# toLocaleString() writes by the language's rules (CLDR). In Norwegian, Swedish, Finnish, Estonian, Lithuanian,
# Slovenian and Croatian the minus is U+2212 there, not the hyphen of the keyboard. fromLocaleString() keeps
# digits, the language's decimal sign and hyphens, and drops all else, the minus with it. One would expect the
# amount that was written, or an error: the README offers both methods together, with kroner in Norwegian, and
# digits that it does not know (Arabic ones) do throw.
#
# It matters as only refunds, fees and payouts are negative: shown in a form and read from it, or sent to a
# spreadsheet and back, they are charges. Danish and German are right, so a test with those does not show it.
#
# Seen with @dintero/money 1.1.12 (npm) on Node 20.20.2, as printed below, for -1234.50:
#   nb-NO: -1 234,50 with U+2212 is read as 1234.50
#   sv-SE: -1 234,50 with U+2212 is read as 1234.50
#   fi-FI: -1 234,50 with U+2212 is read as 1234.50
#   sl-SI: -1234,50 with U+2212 is read as 1234.50
#   da-DK: -1.234,50 with a hyphen is read as -1234.50
#   de-DE: -1.234,50 with a hyphen is read as -1234.50
#   ar-EG: throws
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @dintero/money@1.1.12 > /dev/null

cat > minus.mjs <<'JS'
import { Money } from "@dintero/money";

for (const [language, currency] of [
  ["nb-NO", "NOK"], ["sv-SE", "SEK"], ["fi-FI", "EUR"], ["sl-SI", "EUR"],
  ["da-DK", "DKK"], ["de-DE", "EUR"], ["ar-EG", "EGP"],
]) {
  const written = Money.of("-1234.50", currency).toLocaleString(language);
  try {
    const read = Money.fromLocaleString(written, currency, language);
    const minus = written.includes("\u2212") ? "U+2212" : "a hyphen";
    const shown = written.replace("\u2212", "-").replace(/\s/g, " ");
    console.log(`${language}: ${shown} with ${minus} is read as ${read}`);
  } catch {
    console.log(`${language}: throws`);
  }
}
JS
said=$(node minus.mjs)
echo "$said"
[ "$said" = "nb-NO: -1 234,50 with U+2212 is read as 1234.50
sv-SE: -1 234,50 with U+2212 is read as 1234.50
fi-FI: -1 234,50 with U+2212 is read as 1234.50
sl-SI: -1234,50 with U+2212 is read as 1234.50
da-DK: -1.234,50 with a hyphen is read as -1234.50
de-DE: -1.234,50 with a hyphen is read as -1234.50
ar-EG: throws" ]
