//! What came at an endpoint, beside what the books say: the judge of the trial, and what it has to find.

use std::{collections::HashMap, fmt};

use crate::{receiver::Received, webhooks::sign};

const HEADER: &str = "XPay-Signature";

/// What an endpoint is to get.
pub(crate) struct Wanted {
    /// Of each book the events in their order: id and body.
    pub(crate) books: Vec<Vec<(String, String)>>,
    pub(crate) secret: String,
    /// How many times a sender was lost, each of which may have one event arrive late.
    pub(crate) most_late: usize,
}

/// How what came differs from that.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) wrong: Vec<String>,
    /// How many events arrived once more.
    pub(crate) again: usize,
    /// How often a book was begun again where its sender had been.
    pub(crate) back: usize,
    /// How often one came in between that another sender had sent before.
    pub(crate) late: usize,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { again, back, late, .. } = self;
        write!(f, "{again} arrived again, {back} times back, {late} late")
    }
}

/// How far a book has come.
#[derive(Clone, Copy, Default)]
struct Reached {
    /// The first event that has not arrived.
    next: usize,
    /// The one after what came last.
    after_last: usize,
}

impl Wanted {
    pub(crate) fn count(&self) -> usize {
        self.books.iter().map(Vec::len).sum()
    }

    pub(crate) fn judge(&self, came: &[Received]) -> Verdict {
        let mut places = HashMap::new();
        for (book, events) in self.books.iter().enumerate() {
            let all = events.iter().enumerate();
            places.extend(all.map(|(place, (id, body))| (id.as_str(), (book, place, body))));
        }
        let mut reached = vec![Reached::default(); self.books.len()];
        let mut verdict = Verdict::default();
        for received in came {
            let id = received.id();
            if !self.has_signed(received) {
                verdict.wrong.push(format!("{id} is not signed"));
            }
            match places.get(id.as_str()) {
                Some((book, place, body)) if **body == received.body => {
                    verdict.note(&mut reached[*book], *place, received);
                }
                Some(_) => verdict.wrong.push(format!("{id} is not what the book says")),
                None => verdict.wrong.push(format!("{id} is in no book")),
            }
        }
        for (book, reached) in self.books.iter().zip(reached) {
            if reached.next < book.len() {
                verdict.wrong.push(format!("{} did not arrive", book[reached.next].0));
            }
        }
        if verdict.late > self.most_late {
            verdict.wrong.push(format!("two sent at once: {} came late", verdict.late));
        }
        verdict
    }

    fn has_signed(&self, received: &Received) -> bool {
        let value = received.header(HEADER).unwrap_or_default();
        let seconds =
            value.strip_prefix("t=").and_then(|rest| rest.split(',').next()?.parse().ok());
        seconds.is_some_and(|seconds| sign(&self.secret, seconds, &received.body) == value)
    }
}

impl Verdict {
    /// Notes an event of a book that came.
    fn note(&mut self, reached: &mut Reached, place: usize, received: &Received) {
        if place > reached.next {
            self.wrong.push(format!("one was left out before {}", received.id()));
        }
        if place < reached.next {
            self.again += 1;
        }
        if place + 1 < reached.after_last {
            self.back += 1;
        } else if place > reached.after_last {
            self.late += 1;
        }
        reached.after_last = place + 1;
        if received.status == 200 {
            reached.next = reached.next.max(place + 1);
        }
    }
}

/// Each thing that could go wrong is found in what came, once it is made to.
pub(crate) fn is_found(wanted: &Wanted, came: &[Received]) {
    let (id, body) = &wanted.books[0][wanted.books[0].len() / 2];
    let place = came.iter().position(|one| one.id() == *id).unwrap();
    let with = |spoil: &dyn Fn(&mut Vec<Received>)| {
        let mut spoilt = came.to_vec();
        spoil(&mut spoilt);
        wanted.judge(&spoilt).wrong.join("\n")
    };
    let other = |body: String, secret: &str| {
        let headers = vec![(HEADER.to_owned(), sign(secret, 1, &body))];
        Received { body, headers, ..came[place].clone() }
    };
    let invented = || other(body.replace(id, "evt_00000000000000000000000000"), &wanted.secret);
    let altered = || other(body.replace("\"amount\":\"1\"", "\"amount\":\"2\""), &wanted.secret);
    for (found, expected) in [
        (with(&|all| all.retain(|one| one.id() != *id)), "one was left out"),
        (with(&|all| all[place].status = 0), "one was left out"),
        (with(&|all| all.push(invented())), "is in no book"),
        (with(&|all| all.push(altered())), "is not what the book says"),
        (with(&|all| all[place] = other(body.clone(), "whsec_other")), "is not signed"),
        (with(&|all| two_at_once(all, &wanted.books[0], wanted.most_late)), "two sent at once"),
    ] {
        assert!(found.contains(expected), "{expected}: {found:?}");
    }
    let last = &wanted.books[0].last().unwrap().0;
    let found = with(&|all| all.retain(|one| one.id() != *last));
    assert!(found.contains("did not arrive"), "{found:?}");
}

/// A book's first events and its last in turn, as two would send them.
fn two_at_once(all: &mut Vec<Received>, book: &[(String, String)], most: usize) {
    let find = |id: &str| all.iter().find(|one| one.id() == id).unwrap().clone();
    let (first, last) = (find(&book[0].0), find(&book[book.len() - 1].0));
    for _ in 0..=most {
        all.extend([first.clone(), last.clone()]);
    }
}
