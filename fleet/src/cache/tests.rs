//! What the cache promises by itself.

use refundry::{Amount, Currency, Fee, NewCharge, NewMerchant};

use super::*;

#[test]
fn only_the_nodes_own_files_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let others = ["one.refundry.old.own-1", "two.refundry.own-1", "notes.own-1"];
    others.iter().for_each(|name| fs::write(path(name), "").unwrap());
    fs::create_dir(path("one.refundry.own-folder")).unwrap();
    fs::write(path("one.refundry.own-1"), "").unwrap();
    Cache::open(folder.path(), "one").unwrap();
    assert!(others.iter().all(|name| path(name).exists()));
    assert!(path("one.refundry.own-folder").exists());
    assert!(!path("one.refundry.own-1").exists());
}

#[test]
fn a_folder_belongs_to_one_node() {
    let folder = tempfile::tempdir().unwrap();
    let first = Cache::open(folder.path(), "one").unwrap();
    let refused = Cache::open(folder.path(), "one").err().unwrap();
    assert!(refused.to_string().contains("another node uses this folder"), "{refused}");
    drop(first);
    Cache::open(folder.path(), "one").unwrap();
}

/// It is as large as the file may be, and longer.
#[test]
fn the_log_of_a_file_counts_as_the_cache_does() {
    let folder = tempfile::tempdir().unwrap();
    let mut cache = Cache::open(folder.path(), "one").unwrap();
    cache.ledger().unwrap().create_merchant(&NewMerchant::named("Cairo Books")).unwrap();
    let length = |name: &str| fs::metadata(folder.path().join(name)).unwrap().len();
    let log = length("one.refundry-wal");
    assert!(log > 0, "there is none");
    let others = length("one.refundry") + length("one.refundry-shm");
    assert_eq!(cache.bytes(), log + others);
}

#[test]
fn time_passes_where_nothing_is_due_and_nothing_matures_by_it() {
    let begun = Timestamp::now().millis();
    let day = |days: i64| Timestamp::from_millis(begun + days * 86_400_000);
    let released_after = |passed: &[i64]| {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = Cache::open(folder.path(), "one").unwrap();
        let ledger = cache.ledger().unwrap();
        let id = ledger.create_merchant(&NewMerchant::named("Cairo Books")).unwrap().id;
        let mut book = ledger.book(&id).unwrap();
        let egp = Currency::from_code("EGP").unwrap();
        for days in [1, 50, 200] {
            let amount = Amount::from_minor(100).unwrap();
            let new = NewCharge::succeeded(amount, Fee::ZERO, egp, day(days));
            book.create_charge(&new, None).unwrap();
        }
        assert_eq!(book.release_due(day(1)).unwrap(), 1);
        cache.saw(day(1));
        let before = cache.ledger().unwrap().book(&id).unwrap().mark().unwrap();
        passed.iter().for_each(|days| cache.pass_time(day(*days)));
        let mut book = cache.ledger().unwrap().book(&id).unwrap();
        assert_eq!(book.mark().unwrap(), before);
        book.release_due(day(200))
    };
    assert_eq!(released_after(&[70, 140]).unwrap(), 2);
    for passed in [&[][..], &[70], &[199]] {
        let refused = released_after(passed);
        assert!(matches!(refused, Err(Error::TooFarAhead { .. })), "{passed:?}: {refused:?}");
    }
}

/// A book that began with a snapshot, in which nothing was recorded for longer than maturity trusts a
/// clock by itself.
#[test]
fn what_is_due_in_a_quiet_book_matures_by_the_time_that_the_node_trusts() {
    let now = Timestamp::now().millis();
    let day = |days: i64| Timestamp::from_millis(now + days * 86_400_000);
    let released = |recorded, trust: fn(&mut Cache, Timestamp)| {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = Cache::open(folder.path(), "one").unwrap();
        let path = cache.own_path();
        cache.set_moment(day(recorded));
        let mut quiet = Ledger::open(&path, cache.options()).unwrap();
        let merchant = quiet.create_merchant(&NewMerchant::named("Cairo Books")).unwrap().id;
        let mut book = quiet.book(&merchant).unwrap();
        let amount = Amount::from_minor(100).unwrap();
        let egp = Currency::from_code("EGP").unwrap();
        let new = NewCharge::succeeded(amount, Fee::ZERO, egp, day(-1));
        book.create_charge(&new, None).unwrap();
        let head = Head { merchant: merchant.clone(), mark: book.mark().unwrap() };
        drop(quiet);
        cache.set_moment(day(0));
        trust(&mut cache, day(0));
        cache.adopt(&head, path).unwrap();
        cache.ledger_of(&merchant).unwrap().book(&merchant).unwrap().release_due(day(0))
    };
    let refused = released(-100, |_, _| {});
    assert!(matches!(refused, Err(Error::TooFarAhead { .. })), "{refused:?}");
    assert_eq!(released(-100, |cache, now| cache.saw(now)).unwrap(), 1);
    let another = |cache: &mut Cache, _| {
        cache.ledger().unwrap().create_merchant(&NewMerchant::named("Giza")).unwrap();
    };
    assert_eq!(released(-100, another).unwrap(), 1);
    let too_late = |cache: &mut Cache, now: Timestamp| {
        cache.set_moment(Timestamp::from_millis(now.millis() - FURTHEST - 1));
        cache.ledger().unwrap().create_merchant(&NewMerchant::named("Giza")).unwrap();
        cache.pass_time(now);
        cache.set_moment(now);
        cache.ledger().unwrap().create_merchant(&NewMerchant::named("Luxor")).unwrap();
    };
    let refused = released(-100, too_late);
    assert!(matches!(refused, Err(Error::TooFarAhead { .. })), "{refused:?}");
    // What the node has seen takes nothing away from what the book tells.
    let older = |cache: &mut Cache, now: Timestamp| {
        cache.saw(Timestamp::from_millis(now.millis() - 3 * FURTHEST));
    };
    assert_eq!(released(-10, older).unwrap(), 1);
}

/// Books that are taken in together don't suffer from one whose recordings don't follow.
#[test]
fn a_book_that_does_not_follow_is_found_among_others() {
    let mut other = Ledger::in_memory(Options::default()).unwrap();
    let mut book = |name: &str| {
        let id = other.create_merchant(&NewMerchant::named(name)).unwrap().id;
        let lines = other.book(&id).unwrap().recordings_after(&Mark::genesis(&id), 9).unwrap();
        News { merchant: id, lines, is_all: true }
    };
    let (sound, mut wrong) = ([book("Cairo Books"), book("Giza")], book("Luxor"));
    wrong.lines[0] = wrong.lines[0].replace("Luxor", "Aswan");
    let folder = tempfile::tempdir().unwrap();
    let mut cache = Cache::open(folder.path(), "one").unwrap();
    let [first, second] = sound;
    let mut all = [first, wrong, second];
    assert!(!cache.take_in_together(&all));
    assert!(cache.ledger().unwrap().merchants().unwrap().is_empty(), "nothing was taken in");
    assert!(matches!(cache.take_in(&all[1]), Err(NotTaken::Book(_))));
    all.swap(1, 2);
    assert!(cache.take_in_together(&all[..2]));
    for News { merchant, lines, .. } in &all[..2] {
        let last: Mark = serde_json::from_str(lines.last().unwrap()).unwrap();
        assert_eq!(cache.head(merchant).unwrap().mark, last);
        assert_eq!(cache.ledger().unwrap().book(merchant).unwrap().mark().unwrap(), last);
    }
}

#[test]
fn many_recordings_are_not_taken_in_in_one_transaction() {
    let mut other = Ledger::in_memory(Options::default()).unwrap();
    let id = other.create_merchant(&NewMerchant::named("Cairo Books")).unwrap().id;
    let mut book = other.book(&id).unwrap();
    (0..news::TOGETHER).for_each(|_| book.require_unique_references(true).unwrap());
    let lines = book.recordings_after(&Mark::genesis(&id), u32::MAX).unwrap();
    let mut news = [News { merchant: id, lines, is_all: true }];
    let folder = tempfile::tempdir().unwrap();
    let mut cache = Cache::open(folder.path(), "one").unwrap();
    assert!(!cache.take_in_together(&news));
    assert!(cache.ledger().unwrap().merchants().unwrap().is_empty());
    news[0].lines.pop();
    assert!(cache.take_in_together(&news));
}

#[test]
fn another_fleets_cache_is_not_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let mut cache = Cache::open(folder.path(), "one").unwrap();
    cache.ledger().unwrap().create_merchant(&NewMerchant::named("Cairo Books")).unwrap();
    drop(cache);
    let mut other = Cache::open(folder.path(), "two").unwrap();
    assert!(other.ledger().unwrap().merchants().unwrap().is_empty());
}

#[test]
fn a_damaged_cache_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    for damage in [b"no ledger at all".as_slice(), &[0x55; 100_000]] {
        fs::write(folder.path().join("one.refundry"), damage).unwrap();
        let mut cache = Cache::open(folder.path(), "one").unwrap();
        assert!(cache.ledger().unwrap().merchants().unwrap().is_empty());
    }
}

/// Nobody waits for books that nobody asks for.
#[test]
fn a_cache_that_takes_long_to_verify_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut cache = Cache::open(folder.path(), "one").unwrap();
    cache.ledger().unwrap().create_merchant(&NewMerchant::named("Cairo Books")).unwrap();
    drop(cache);
    let begun = |longest| {
        let mut cache = Cache::open_within(folder.path(), "one", longest).unwrap();
        cache.ledger().unwrap().merchants().unwrap().len()
    };
    assert_eq!(begun(LONGEST_LOOK), 1);
    assert_eq!(begun(Duration::ZERO), 0);
}

/// One that can be opened, but says something else than was recorded.
#[test]
fn a_cache_that_was_altered_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut cache = Cache::open(folder.path(), "one").unwrap();
    cache.ledger().unwrap().create_merchant(&NewMerchant::named("Cairo Books")).unwrap();
    drop(cache);
    let mut again = Cache::open(folder.path(), "one").unwrap();
    assert_eq!(again.ledger().unwrap().merchants().unwrap().len(), 1, "it is kept otherwise");
    drop(again);
    let conn = rusqlite::Connection::open(folder.path().join("one.refundry")).unwrap();
    // By somebody who leaves the file's guards out.
    conn.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false).unwrap();
    conn.execute("UPDATE merchants SET name = 'Cairo Books, altered'", []).unwrap();
    drop(conn);
    let mut cache = Cache::open(folder.path(), "one").unwrap();
    assert!(cache.ledger().unwrap().merchants().unwrap().is_empty());
}
