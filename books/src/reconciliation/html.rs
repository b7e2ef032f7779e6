//! A comparison that a browser prints.

use std::io::{self, Write};

use super::Reconciliation;
use crate::{
    error::{Error, Result},
    page::{self, escaped},
};

impl Reconciliation {
    /// Writes the comparison as one page without scripts.
    ///
    /// # Errors
    /// [`Error::Output`]; what was written is not whole then.
    pub fn write_html(&self, to: &mut impl Write) -> Result<()> {
        self.frame(to).map_err(Error::Output)
    }

    fn frame(&self, to: &mut impl Write) -> io::Result<()> {
        let title = format!("Reconciliation: {}", self.merchant_id);
        writeln!(to, "{}<h1>{title}</h1>", page::begin("en", "ltr", &title))?;
        let (matched, open) = (self.matched.len(), self.open.len());
        writeln!(to, "<p>{}</p>", escaped(&self.about()))?;
        writeln!(to, "<p>{} lines: {matched} matched, {open} open</p>", self.lines)?;
        writeln!(to, "<p class=\"small\">Head of the book: {}</p>", self.head)?;
        writeln!(to, "<p class=\"small\">SHA-256 of the file: {}</p>", self.file)?;
        for total in &self.totals {
            writeln!(
                to,
                "<div class=\"whole\">\n<h2>{}</h2>\n<table><thead><tr><th></th><th class=\"n\">There</th>\
                 <th class=\"n\">Here</th></tr></thead><tbody>",
                total.currency
            )?;
            for (name, theirs, ours) in total.rows() {
                row(to, "", &[name, theirs, ours])?;
            }
            row(to, " class=\"sum\"", &["together", &total.theirs, &total.ours])?;
            row(to, "", &["difference", &total.difference, ""])?;
            writeln!(to, "</tbody></table>\n</div>")?;
        }
        self.findings(to)?;
        writeln!(to, "</html>")?;
        to.flush()
    }

    fn findings(&self, to: &mut impl Write) -> io::Result<()> {
        if self.open.is_empty() {
            return Ok(());
        }
        writeln!(
            to,
            "<h2>Open</h2>\n<table><thead><tr><th class=\"w\">What</th><th>Where</th><th class=\"d\">Date</th>\
             <th>Reference</th><th class=\"n\">Amount</th></tr></thead><tbody>"
        )?;
        for finding in &self.open {
            let mut what = finding.words();
            let (line, entry) = finding.sides();
            let line = line.map(|of| {
                let at = format!("line {}", of.line);
                (at, &of.date, &of.reference, &of.amount, of.currency)
            });
            let entry = entry.map(|of| {
                let at = format!("{}, {} {}", of.entry, of.cause, of.source);
                (at, &of.date, &of.reference, &of.amount, of.currency)
            });
            for (at, date, reference, amount, currency) in line.into_iter().chain(entry) {
                let (what, at) =
                    (escaped(&std::mem::take(&mut what)).to_string(), escaped(&at).to_string());
                let reference = page::cell(reference.as_deref().unwrap_or_default());
                writeln!(
                    to,
                    "<tr><td class=\"w\">{what}</td><td>{at}</td><td class=\"d\">{date}</td>{reference}\
                     <td class=\"n\">{amount} {currency}</td></tr>"
                )?;
            }
        }
        writeln!(to, "</tbody></table>")
    }
}

fn row(to: &mut impl Write, class: &str, [name, theirs, ours]: &[&str; 3]) -> io::Result<()> {
    writeln!(
        to,
        "<tr{class}><td>{name}</td><td class=\"n\">{theirs}</td><td class=\"n\">{ours}</td></tr>"
    )
}
