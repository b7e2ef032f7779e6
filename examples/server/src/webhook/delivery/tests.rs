//! What a delivery notes, where an operator changes its endpoint meanwhile.

use std::path::Path;

use refundry::{Amount, Currency, Fee, Ledger, NewCharge, NewMerchant, Options};

use super::*;
use crate::webhook::{sign::Secret, store::file::File, target::Target};

pub(in crate::webhook) fn endpoint(url: &str) -> Endpoint {
    Endpoint {
        number: 0,
        id: "we_1".into(),
        target: Target::new(url, false).unwrap(),
        merchant: None,
        types: Vec::new(),
        header: None,
        secret: Secret::generate().unwrap(),
        old_secret: None,
        paused: false,
        created_at: Timestamp::from_millis(0),
        revision: 1,
        trouble: None,
    }
}

fn charge(ledger: &mut Ledger, merchant: &str) {
    let (amount, egp) = (Amount::from_minor(100).unwrap(), Currency::from_code("EGP").unwrap());
    let due = Timestamp::from_millis(i64::MAX / 2);
    let charge = NewCharge::succeeded(amount, Fee::ZERO, egp, due);
    ledger.book(merchant).unwrap().create_charge(&charge, None).unwrap();
}

/// A ledger with one event, and the delivery of it to an endpoint that is there.
async fn office(path: &Path, give_up_after: Duration) -> Rc<Office> {
    let mut ledger = Ledger::open(path, Options::default()).unwrap();
    let id = ledger.create_merchant(&NewMerchant::named("Cairo Books")).unwrap().id;
    charge(&mut ledger, &id);
    let store = Store::File(File::open_or_create(path).unwrap());
    store.add(&endpoint("http://127.0.0.1:1/"), &[]).await.unwrap();
    let books = Books::of_file(path).unwrap();
    books.look().await.unwrap();
    Rc::new(Office {
        books,
        store,
        lease: Arc::default(),
        unsaved: RefCell::default(),
        recount: Cell::new(false),
        sending: Cell::new(0),
        closing: Cell::new(false),
        pace: Pace { give_up_after, ..Pace::default() },
    })
}

/// The attempt is on its way, the operator resumes, and then the attempt fails.
#[tokio::test]
async fn an_attempt_that_fails_after_a_resume_changes_nothing() {
    let hours = Duration::from_secs(72 * 60 * 60);
    // Once it would be sent again later, and once it would be set aside.
    for give_up_after in [hours, Duration::ZERO] {
        let folder = tempfile::tempdir().unwrap();
        let office = office(&folder.path().join("ledger"), give_up_after).await;
        let known = || async { office.store.list().await.unwrap().endpoints.remove(0) };
        let mut delivery = Delivery::new(&office, known().await).await.unwrap();
        delivery.read().await.unwrap();
        assert_eq!(delivery.queue.len(), 1);
        office.unsaved.borrow_mut().insert(
            (1, delivery.queue[0].merchant.clone()),
            Cursor { event: None, moment: Timestamp::from_millis(0) },
        );
        let resume = |endpoint: &mut Endpoint| endpoint.paused = false;
        assert!(office.store.change("we_1", true, resume).await.unwrap().is_some());
        let failed = delivery.failed(&Unsent::Unreachable("no".into())).await;
        assert!(matches!(failed, Err(Hindrance::Store(StoreError::Changed))), "{failed:?}");
        assert_eq!(known().await.trouble, None);
        assert_eq!(office.store.count_aside().await.unwrap(), 0);
        assert_eq!(office.unsaved.borrow().len(), 1, "how far it came before is noted still");
        assert_eq!(office.store.cursors(1).await.unwrap(), []);

        // It is sent at once by who begins with the endpoint as it is now.
        let mut delivery = Delivery::new(&office, known().await).await.unwrap();
        delivery.read().await.unwrap();
        assert_eq!(delivery.queue.len(), 1);
        delivery.failed(&Unsent::Unreachable("no".into())).await.unwrap();
        let is_set_aside = office.store.count_aside().await.unwrap() == 1;
        assert_eq!((known().await.trouble.is_none(), is_set_aside), {
            let gives_up = give_up_after == Duration::ZERO;
            (gives_up, gives_up)
        });
    }
}

/// The attempt is on its way, the operator resumes, and then it arrives: it is not sent again.
#[tokio::test]
async fn an_attempt_that_arrives_after_a_resume_counts() {
    let folder = tempfile::tempdir().unwrap();
    let office = office(&folder.path().join("ledger"), Duration::ZERO).await;
    let known = || async { office.store.list().await.unwrap().endpoints.remove(0) };
    let mut delivery = Delivery::new(&office, known().await).await.unwrap();
    delivery.read().await.unwrap();
    delivery.failed(&Unsent::Unreachable("no".into())).await.unwrap();
    let resume = |endpoint: &mut Endpoint| endpoint.paused = false;
    office.store.change("we_1", true, resume).await.unwrap();
    let mut delivery = Delivery::new(&office, known().await).await.unwrap();
    delivery.read().await.unwrap();
    assert!(delivery.queue[0].again);
    office.store.change("we_1", true, resume).await.unwrap();
    delivery.arrived(200).await.unwrap();
    let mut delivery = Delivery::new(&office, known().await).await.unwrap();
    delivery.read().await.unwrap();
    assert_eq!((delivery.queue.len(), office.store.count_aside().await.unwrap()), (0, 0));
}

/// What was read and could not be sent is read again, and a book that has nothing new is not.
#[tokio::test]
async fn books_are_read_when_they_have_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let office = office(&path, Duration::ZERO).await;
    let endpoint = office.store.list().await.unwrap().endpoints.remove(0);
    let mut delivery = Delivery::new(&office, endpoint).await.unwrap();
    delivery.read().await.unwrap();
    delivery.put_back();
    delivery.read().await.unwrap();
    assert_eq!(delivery.queue.len(), 1, "again");
    delivery.arrived(200).await.unwrap();
    delivery.read().await.unwrap();
    assert!(delivery.queue.is_empty() && delivery.unread.is_empty());
    let mut ledger = Ledger::open(&path, Options::default()).unwrap();
    let merchant = ledger.merchants().unwrap()[0].id.clone();
    charge(&mut ledger, &merchant);
    office.books.look().await.unwrap();
    delivery.read().await.unwrap();
    assert_eq!(delivery.queue.len(), 1);
}
