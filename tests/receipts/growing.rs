//! Checkpoints of a book that grows, and the tree that is kept for them.

use std::ops::ControlFlow;

use refundry::{
    Access, Error, Invariant, Ledger, Options,
    receipt::{Checkpoint, Consistency, Note, Receipt},
};
use rusqlite::Connection;

use super::till::{CAIRO, Till, key};

fn checkpoint(till: &mut Till) -> Checkpoint {
    till.ledger.book(CAIRO).unwrap().checkpoint(None).unwrap()
}

#[test]
fn a_book_that_grows_is_consistent_with_all_that_it_was() {
    let mut till = Till::new();
    let mut published = vec![checkpoint(&mut till)];
    for _ in 0..40 {
        till.sale();
        published.push(checkpoint(&mut till));
    }
    let book = till.ledger.book(CAIRO).unwrap();
    for (i, old) in published.iter().enumerate() {
        let size = |checkpoint: &Checkpoint| i64::try_from(checkpoint.size()).unwrap();
        assert_eq!(*old, book.checkpoint(Some(size(old))).unwrap());
        for new in &published[i..] {
            let proof = book.consistency(size(old), size(new)).unwrap();
            let read = Consistency::parse(&proof.to_string()).unwrap();
            assert_eq!(read, proof);
            read.check(old, new).unwrap();
            if old != new {
                assert_eq!(read.check(new, old).unwrap_err().number(), 214);
            }
        }
    }
}

/// A till that was restored from a copy goes another way from there.
#[test]
fn a_book_that_was_rolled_back_is_not_consistent_with_what_it_was() {
    let mut till = Till::new();
    (0..20).for_each(|_| drop(till.sale()));
    let copy = till.ledger.to_bytes().unwrap();
    (0..10).for_each(|_| drop(till.sale()));
    let published = checkpoint(&mut till);

    let mut restored = Till { ledger: Ledger::from_bytes(&copy, Options::default()).unwrap() };
    let shorter = checkpoint(&mut restored);
    (0..10).for_each(|_| drop(restored.sale()));
    let as_long = checkpoint(&mut restored);
    (0..10).for_each(|_| drop(restored.sale()));
    let longer = checkpoint(&mut restored);

    let book = till.ledger.book(CAIRO).unwrap();
    assert!(book.consistency(40, 60).unwrap().check(&shorter, &published).is_ok());
    let book = restored.ledger.book(CAIRO).unwrap();
    for (new, proof) in [
        (&shorter, Consistency::default()),
        // What the till had and what it has now cannot be told by the numbers.
        (&as_long, book.consistency(60, 60).unwrap()),
        (&longer, book.consistency(60, 80).unwrap()),
    ] {
        assert_eq!(proof.check(&published, new).unwrap_err().number(), 214);
    }
}

#[test]
fn a_note_is_read_as_it_was_published() {
    let mut till = Till::new();
    till.sale();
    let checkpoint = checkpoint(&mut till);
    for signatures in [vec![], vec![key().sign(&checkpoint)]] {
        let note = Note { checkpoint: checkpoint.clone(), signatures };
        assert_eq!(Note::parse(&note.to_string()).unwrap(), note);
    }
    let text = checkpoint.text();
    assert_eq!(text.lines().next(), Some("refundry/acct_cairo"));
    assert_eq!(
        text.lines().nth(3),
        till.ledger.book(CAIRO).unwrap().head().map(|head| head.to_string()).ok().as_deref()
    );
    for other in [
        text.replace("refundry/", "luxor/"),
        text.replace("\n2\n", "\n02\n"),
        text.replace("\n2:", "\n3:"),
        text.to_uppercase(),
        format!("{text}more\n"),
        text[..40].to_owned(),
        String::new(),
    ] {
        assert_eq!(Note::parse(&other).unwrap_err().number(), 212, "{other}");
    }
}

/// Every node that is kept is one that is computed as well.
#[test]
fn the_kept_tree_changes_no_proof() {
    let mut till = Till::new();
    let ids: Vec<_> = (0..4_200).flat_map(|_| till.sale()).collect();
    let sizes = [1, 63, 64, 65, 4_095, 4_096, 4_097, 8_400];
    let proofs = |till: &mut Till| -> Vec<String> {
        let book = till.ledger.book(CAIRO).unwrap();
        let of = |size: i64| {
            let last = ids.len() as i64;
            let receipt = book.receipt(&ids[size as usize - 1], Some(last)).unwrap();
            let (from, to) = (book.consistency(size, last), book.checkpoint(Some(size)));
            format!("{receipt}\n{}{}", from.unwrap(), to.unwrap().text())
        };
        sizes.into_iter().map(of).collect()
    };
    let before = proofs(&mut till);
    let mut calls = 1;
    while !till.ledger.book(CAIRO).unwrap().extend_tree().unwrap() {
        assert_eq!(proofs(&mut till), before, "after {calls} calls");
        calls += 1;
    }
    assert_eq!(calls, 2, "131 nodes over 64 leaves, and two over 4,096");
    assert_eq!(proofs(&mut till), before);
    assert_eq!(nodes(&mut till), [(1, 131), (2, 2)]);
    till.ledger.verify(&[], |_| ControlFlow::Continue(())).unwrap();
    // Nothing is left to do.
    assert!(till.ledger.book(CAIRO).unwrap().extend_tree().unwrap());
    assert_eq!(nodes(&mut till), [(1, 131), (2, 2)]);
    assert!(Receipt::parse(before[0].lines().next().unwrap()).is_ok());
}

/// How many nodes are kept of each level.
fn nodes(till: &mut Till) -> Vec<(i64, i64)> {
    let bytes = till.ledger.to_bytes().unwrap();
    let mut conn = Connection::open_in_memory().unwrap();
    conn.deserialize_read_exact("main", bytes.as_slice(), bytes.len(), true).unwrap();
    let mut levels = conn.prepare("SELECT level, count(*) FROM tree GROUP BY level").unwrap();
    let counted = levels.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    counted.map(Result::unwrap).collect()
}

#[test]
fn an_altered_node_is_found_and_a_missing_one_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let mut till = Till::at(&path);
    let ids: Vec<_> = (0..2_100).flat_map(|_| till.sale()).collect();
    let mut book = till.ledger.book(CAIRO).unwrap();
    let receipt = book.receipt(&ids[70], Some(4_200)).unwrap();
    assert!(book.extend_tree().unwrap());
    drop(till);
    for (sql, found) in [
        ("SELECT 1", None),
        ("DELETE FROM tree WHERE level = 1 AND place = 3", None),
        ("DELETE FROM tree WHERE level = 1", None),
        ("DELETE FROM tree", None),
        ("UPDATE tree SET hash = zeroblob(32) WHERE level = 1 AND place = 3", Some("node 1.3")),
        ("UPDATE tree SET hash = zeroblob(32) WHERE level = 2", Some("node 2.0")),
        ("UPDATE tree SET place = 900 WHERE level = 1 AND place = 64", Some("node 1.900")),
        ("UPDATE tree SET level = 10 WHERE level = 2", Some("node 10.0")),
        ("UPDATE tree SET level = 3 WHERE level = 2", Some("node 3.0")),
    ] {
        let copy = folder.path().join("copy");
        std::fs::copy(&path, &copy).unwrap();
        let mut options = Options::default();
        options.access = Access::Open;
        Connection::open(&copy).unwrap().execute_batch(sql).unwrap();
        let mut ledger = Ledger::open(&copy, options).unwrap();
        let verified = ledger.verify(&[], |_| ControlFlow::Continue(()));
        match (verified, found) {
            (Ok(_), None) => {
                let mut book = ledger.book(CAIRO).unwrap();
                assert_eq!(book.receipt(&ids[70], Some(4_200)).unwrap(), receipt, "{sql}");
                assert!(book.extend_tree().unwrap());
                assert_eq!(book.receipt(&ids[70], Some(4_200)).unwrap(), receipt, "{sql}");
            }
            (Err(Error::Unsound(finding)), Some(place)) => {
                assert_eq!(finding.invariant, Invariant::Tree, "{sql}");
                assert_eq!(finding.place, format!("{place} of the tree"), "{sql}");
            }
            (told, _) => panic!("{sql}: {told:?}"),
        }
        drop(ledger);
        std::fs::remove_file(&copy).unwrap();
    }
}
