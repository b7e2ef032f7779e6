//! Lines are imported into a fleet, and its books are read in many steps.

use std::{ops::ControlFlow, thread, time::Duration};

use refundry::{Account, Error as LedgerError, ImportProgress, Ledger, Options};
use refundry_fleet::{Count, Error, Node, NodeOptions};

use crate::{
    server::Server,
    shop::{MERCHANT, charge, engine_at, fleet, mark, node, refund, request, until},
};

/// Four merchants, each with a key and as many charges, their lines mixed.
fn lines(charges: usize) -> String {
    let of = ["acct_aswan", "acct_giza", "acct_luxor", "acct_qena"];
    let merchants = of.map(|id| {
        format!(
            r#"{{"object":"merchant","id":"{id}","name":"Books","apiKeys":["sk_test_{id}_0123456789"]}}
"#
        )
    });
    let charges = (0..charges).flat_map(|n| {
        of.map(|id| {
            format!(
                r#"{{"object":"charge","id":"ch_{n}","merchantId":"{id}","amount":"{amount}","amountCaptured":"{amount}","fee":"1","currency":"EGP","status":"succeeded","availableOn":"2999-01-01T00:00:00Z","createdAt":"2024-01-01T00:00:01.000Z"}}
"#,
                amount = 100 + n
            )
        })
    });
    merchants.into_iter().chain(charges).collect()
}

fn import(node: &Node, lines: &str) -> Result<refundry::ImportReport, Error> {
    node.import(lines.as_bytes(), |_| ControlFlow::Continue(()))
}

#[test]
fn an_import_into_a_fleet_records_what_one_into_a_file_does() {
    let fleet = Server::shared().fleet();
    let folder = tempfile::tempdir().unwrap();
    let node = node(&fleet, folder.path());
    let lines = lines(300);
    let mut ledger = Ledger::in_memory(Options::default()).unwrap();
    let into_ledger = ledger.import(lines.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
    let mut told = Vec::new();
    let tell = |progress: &ImportProgress| {
        told.push(progress.lines);
        ControlFlow::Continue(())
    };
    assert_eq!(node.import(lines.as_bytes(), tell).unwrap(), into_ledger);
    assert_eq!(told, [500, 1_000, 1_204, 1_204]);
    assert_eq!(import(&node, &lines).unwrap().skipped, 1_204);
    for id in ["acct_aswan", "acct_qena"] {
        let pending = ledger.book(id).unwrap().balances().unwrap();
        let of_fleet = node.book(id, |book| book.balances()).wait().unwrap();
        assert_eq!(of_fleet, pending);
        assert!(pending[0].balances.of(Account::Pending).minor() > 0);
        assert_eq!(mark(&node, id).n, 302);
    }
}

#[test]
fn an_import_can_be_stopped_between_two_parts() {
    let fleet = Server::shared().fleet();
    let folder = tempfile::tempdir().unwrap();
    let node = node(&fleet, folder.path());
    let lines = lines(300);
    let stopped = node.import(lines.as_bytes(), |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(Error::Ledger(LedgerError::Canceled))), "{stopped:?}");
    assert_eq!(import(&node, &lines).unwrap().skipped, 500);
}

#[test]
fn the_first_bad_line_is_told_and_its_book_keeps_nothing_of_the_part() {
    let fleet = Server::shared().fleet();
    let folder = tempfile::tempdir().unwrap();
    let node = node(&fleet, folder.path());
    let good = lines(1);
    // Two bad lines, in books whose order is not theirs.
    let bad = |id: &str| {
        good.lines().last().unwrap().replace("acct_qena", id).replace("\"100\"", "\"77\"")
    };
    let lines = format!("{good}{}\n{}\n", bad("acct_qena"), bad("acct_aswan"));
    let Err(bad @ Error::Import { line: 9, .. }) = import(&node, &lines) else {
        panic!("it was imported");
    };
    let said = bad.to_string();
    assert!(said.contains("of its book nothing of the same part was kept"), "{said}");
    assert!(!said.contains("nothing of this import was kept"), "{said}");
    assert!(node.book("acct_qena", |book| book.mark()).wait().is_err());
    assert_eq!(import(&node, &good).unwrap().recorded, 4, "those of two books");
}

/// Also where there are more than are told.
#[test]
fn ignored_facts_are_told_in_the_order_of_the_lines() {
    let fleet = Server::shared().fleet();
    let folder = tempfile::tempdir().unwrap();
    let node = node(&fleet, folder.path());
    let known = lines(0);
    import(&node, &known).unwrap();
    let other = known.replace("Books", "Another name").repeat(40);
    let mut ledger = Ledger::in_memory(Options::default()).unwrap();
    ledger.import(known.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
    let of_ledger = ledger.import(other.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
    assert!(of_ledger.ignored > 100 && of_ledger.ignored_facts.len() == 100, "{of_ledger:?}");
    assert_eq!(import(&node, &other).unwrap(), of_ledger);
}

#[test]
fn a_handle_that_reads_has_what_any_node_answered() {
    let fleet = fleet();
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let [one, two] = [0, 1].map(|n| node(&fleet, folders[n].path()));
    let id = charge(&one, 10_000);
    for amount in 1..50 {
        refund(&one, request(&id, amount), None).wait().unwrap();
        let ledger = &mut two.reading(MERCHANT).unwrap();
        let read = ledger.book(MERCHANT).unwrap().charge(&id).unwrap();
        assert_eq!(read.amount_refunded.minor(), amount * (amount + 1) / 2);
        let refused = ledger.book(MERCHANT).unwrap().issue_key();
        assert!(refused.is_err(), "it only reads");
    }
    let nobody = two.reading("acct_none").err().unwrap();
    assert!(matches!(nobody, Error::Ledger(LedgerError::ResourceMissing { .. })), "{nobody}");
}

/// Two servers are begun with the same file. Which table PostgreSQL fills first is its own affair.
#[test]
fn two_nodes_import_the_same_key_at_the_same_time() {
    let fleet = Server::shared().fleet();
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let nodes = [0, 1].map(|n| node(&fleet, folders[n].path()));
    let merchant = lines(0).lines().next().unwrap().to_owned();
    let waiting = |count: usize| {
        let sql = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()
                   AND wait_event_type = 'Lock'";
        until(|| fleet.sql(sql).len() >= count);
    };
    thread::scope(|scope| {
        // Takes the place of the first recording for a while, and gives it back.
        scope.spawn(|| {
            fleet.sql(
                "BEGIN;
                 INSERT INTO refundry.recordings VALUES ('acct_aswan', 1, sha256(''), '');
                 SELECT pg_sleep(1);
                 ROLLBACK",
            )
        });
        until(|| {
            let sql = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()
                       AND wait_event = 'PgSleep'";
            !fleet.sql(sql).is_empty()
        });
        let imports = nodes.iter().zip(1..).map(|(node, count)| {
            let import = scope.spawn(|| import(node, &merchant).unwrap());
            waiting(count);
            import
        });
        let imports: Vec<_> = imports.collect();
        let reports = imports.into_iter().map(|import| import.join().unwrap());
        let mut recorded: Vec<_> = reports.map(|report| report.recorded).collect();
        recorded.sort_unstable();
        assert_eq!(recorded, [0, 1]);
    });
}

#[test]
fn a_handle_that_reads_is_given_although_the_cache_is_made_anew_all_the_time() {
    let fleet = fleet();
    let folder = tempfile::tempdir().unwrap();
    let mut options = NodeOptions::in_folder(folder.path());
    options.most_bytes = 1;
    options.patience = Duration::from_secs(2);
    let node = Node::start(engine_at(fleet.url("app")), &options).unwrap();
    while node.count(Count::CachesRenewed) < 10 {
        let ledger = &mut node.reading(MERCHANT).unwrap();
        ledger.book(MERCHANT).unwrap();
    }
}
