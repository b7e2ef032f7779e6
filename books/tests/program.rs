//! The programs for which journals are written: whether they accept one, and its balances.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use refundry_books::Dialect;

/// Debits less credits by account (the last part of its name, in lower case) and currency, as the
/// program prints them. What is zero is left out.
pub(crate) type Balances = BTreeMap<(String, String), String>;

/// A program that reads journals.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Program {
    Hledger,
    Ledger,
    /// In this version.
    Beancount(&'static str),
}

impl Program {
    pub(crate) const ALL: [Self; 4] =
        [Self::Hledger, Self::Ledger, Self::Beancount("2.3.5"), Self::Beancount("3.2.3")];

    pub(crate) const fn dialect(self) -> Dialect {
        match self {
            Self::Hledger => Dialect::Hledger,
            Self::Ledger => Dialect::Ledger,
            Self::Beancount(_) => Dialect::Beancount,
        }
    }

    /// What the program finds wrong in a journal, in its strictest mode.
    pub(crate) fn check(self, journal: &Path) -> Result<(), String> {
        self.check_all(&[journal])
    }

    /// What the program finds wrong in some journals. Beancount reads one at a time.
    pub(crate) fn check_all(self, journals: &[&Path]) -> Result<(), String> {
        let arguments: &[&str] = match self {
            Self::Hledger => &["check", "--strict", "ordereddates"],
            Self::Ledger => &["--pedantic", "balance"],
            Self::Beancount(_) => &["-m", "beancount.scripts.check"],
        };
        let Output { status, stdout, stderr } = self.run(arguments, journals);
        // Ledger warns of what it does not know, and goes on.
        if status.success() && stderr.is_empty() {
            return Ok(());
        }
        Err(String::from_utf8_lossy(&[stderr, stdout].concat()).into_owned())
    }

    /// The balances at the beginning of each of some days.
    pub(crate) fn balances(self, journal: &Path, days: &[&str]) -> Vec<Balances> {
        self.rows(&[journal], days).into_iter().map(of_rows).collect()
    }

    /// The balances of every account in several journals at the beginning of each of some days, under
    /// the whole names of the accounts. Where the journals are wrong, the test fails.
    pub(crate) fn rows(self, journals: &[&Path], days: &[&str]) -> Vec<Vec<[String; 3]>> {
        let printed = |arguments: &[&str]| {
            let Output { status, stdout, stderr } = self.run(arguments, journals);
            assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
            String::from_utf8(stdout).unwrap()
        };
        let flat = ["balance", "--flat", "--no-total"];
        match self {
            Self::Hledger => {
                let of = |day: &&str| {
                    let form = ["--layout=bare", "-O", "csv", "-e", *day];
                    of_table(&printed(&[&flat[..], &form].concat())).collect()
                };
                days.iter().map(of).collect()
            }
            Self::Ledger => {
                let of = |day: &&str| of_ledger(&printed(&[&flat[..], &["-e", day]].concat()));
                days.iter().map(of).collect()
            }
            // Python takes long to start.
            Self::Beancount(_) => {
                let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/balances.py");
                let printed = printed(&[&[script], days, &["--"]].concat());
                printed.split("---\n").skip(1).map(|day| of_table(day).collect()).collect()
            }
        }
    }

    fn run(self, arguments: &[&str], journals: &[&Path]) -> Output {
        let mut command = self.command();
        command.args(arguments);
        for journal in journals {
            match self {
                Self::Hledger | Self::Ledger => command.arg("-f").arg(journal),
                Self::Beancount(_) => command.arg(journal),
            };
        }
        command.output().unwrap_or_else(|error| panic!("{error}: {}", self.missing()))
    }

    fn command(self) -> Command {
        let mut command = Command::new(match self {
            Self::Hledger => "hledger".into(),
            Self::Ledger => "ledger".into(),
            Self::Beancount(version) => target().join(format!("beancount-{version}/bin/python")),
        });
        // Its caches would stand beside the journal.
        command.env("BEANCOUNT_DISABLE_LOAD_CACHE", "1").env("LC_ALL", "C.UTF-8");
        command
    }

    const fn missing(self) -> &'static str {
        match self {
            Self::Hledger => "hledger is there: apt-get install hledger",
            Self::Ledger => "ledger is there: apt-get install ledger",
            Self::Beancount(_) => {
                "beancount is there: for each VERSION of books/tests/beancount.txt, python3 -m venv \
                 target/beancount-VERSION && target/beancount-VERSION/bin/pip install \
                 beancount==VERSION"
            }
        }
    }
}

/// The workspace's target folder.
pub(crate) fn target() -> PathBuf {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/../target");
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| own.into(), PathBuf::from)
}

/// What is not zero, under the ledger's names of accounts.
fn of_rows(rows: Vec<[String; 3]>) -> Balances {
    let is_zero = |amount: &str| !amount.contains(|digit| ('1'..='9').contains(&digit));
    rows.into_iter()
        .filter(|[.., amount]| !is_zero(amount))
        .map(|[account, currency, amount]| {
            let account = account.rsplit(':').next().unwrap().to_lowercase().replace('-', "_");
            ((account, currency), amount)
        })
        .collect()
}

/// Rows below headings.
fn of_table(printed: &str) -> impl Iterator<Item = [String; 3]> {
    let rows: Vec<_> = csv::Reader::from_reader(printed.as_bytes()).into_records().collect();
    rows.into_iter().map(|row| row.unwrap().deserialize(None).unwrap())
}

/// Ledger prints one currency a line, and the account beside the last of them.
fn of_ledger(printed: &str) -> Vec<[String; 3]> {
    let (mut rows, mut waiting) = (Vec::new(), Vec::new());
    for line in printed.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        waiting.push((words[1].to_owned(), words[0].to_owned()));
        if let Some(account) = words.get(2) {
            rows.extend(waiting.drain(..).map(|(code, sum)| [(*account).to_owned(), code, sum]));
        }
    }
    rows
}
