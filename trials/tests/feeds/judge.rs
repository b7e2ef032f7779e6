//! Whether what a receiver has is the beginning of what was sent.

use std::ops::ControlFlow;

use refundry::{Error, Ledger, Mark};
use refundry_trials::{finding::Fault, shop::MERCHANT};

/// More lines than any book of these trials has.
const ALL: u32 = 1 << 20;

/// The recordings of the merchant's book, as lines; none if there is no book.
pub(crate) fn lines(ledger: &mut Ledger) -> Result<Vec<String>, Error> {
    match ledger.book(MERCHANT) {
        Ok(book) => book.recordings_after(&Mark::genesis(MERCHANT), ALL),
        Err(Error::ResourceMissing { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Where the merchant's book ends, which may not be there yet.
pub(crate) fn mark(ledger: &mut Ledger) -> Result<Mark, Error> {
    match ledger.book(MERCHANT) {
        Ok(book) => book.mark(),
        Err(Error::ResourceMissing { .. }) => Ok(Mark::genesis(MERCHANT)),
        Err(error) => Err(error),
    }
}

/// The mark after the first of these lines.
pub(crate) fn mark_after(lines: &[String], n: usize) -> Mark {
    let Some(line) = n.checked_sub(1).map(|last| &lines[last]) else {
        return Mark::genesis(MERCHANT);
    };
    let hash = line.rsplit_once(r#""hash":""#).map_or("", |(_, rest)| &rest[..64]);
    Mark::parse(&format!("{n}:{hash}")).unwrap()
}

/// What is there has to be the first of these lines, and no fewer than were acknowledged.
pub(crate) fn compare(sent: &[String], there: &[String], acknowledged: usize) -> Result<(), Fault> {
    let wrong = there.iter().enumerate().find(|(place, line)| sent.get(*place) != Some(line));
    if let Some((place, line)) = wrong {
        let told = format!("line {} is {line:?}", place + 1);
        return Err(match sent.iter().position(|sent| sent == line) {
            Some(own) if own < place => Fault::Doubled(told),
            Some(_) => Fault::Lost(told),
            None => Fault::Half(told),
        });
    }
    if there.len() < acknowledged {
        return Err(Fault::Lost(format!("{} lines of {acknowledged}", there.len())));
    }
    Ok(())
}

/// A receiver's ledger: it verifies, has the first of these lines, only follows, and takes in the rest
/// from the mark that it names.
pub(crate) fn look_at_receiver(
    office: &mut Ledger,
    sent: &[String],
    acknowledged: usize,
    feed: impl FnOnce(&Mark) -> String,
) -> Result<usize, Fault> {
    office.verify(&[], |_| ControlFlow::Continue(()))?;
    let there = lines(office)?;
    compare(sent, &there, acknowledged)?;
    if let Ok(mut book) = office.book(MERCHANT) {
        assert!(matches!(book.issue_key(), Err(Error::Mirrored)), "the mirror is no mirror");
    }
    let rest = feed(&mark(office)?);
    let report = office.receive(rest.as_bytes(), |_| ControlFlow::Continue(()))?;
    let new = u64::try_from(sent.len() - there.len()).unwrap();
    assert_eq!((report.recorded, report.skipped), (new, 0), "it named another place");
    compare(sent, &lines(office)?, sent.len())?;
    Ok(there.len())
}
