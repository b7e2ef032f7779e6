//! Keys that may send the feed of one book and nothing else.

use refundry::Error;

use super::{empty, verify};
use crate::feeds::CAIRO;

#[test]
fn a_feed_key_is_for_one_book_whose_feed_has_not_come_yet() {
    let mut office = empty();
    let issued = office.issue_feed_key(CAIRO).unwrap();
    assert!(issued.key.starts_with("fk_") && issued.id.starts_with("key_"));
    assert_eq!(office.authenticate_feed(&issued.key).unwrap(), CAIRO);
    // It opens nothing else.
    assert!(matches!(office.authenticate(&issued.key), Err(Error::ApiKeyInvalid)));
    let known = office.feed_keys().unwrap();
    assert_eq!((&*known[0].id, &*known[0].merchant_id), (&*issued.id, CAIRO));
    assert!(known[0].revoked_at.is_none());
    verify(&mut office);
}

#[test]
fn a_feed_key_is_revoked_for_ever() {
    let mut office = empty();
    let (one, other) =
        (office.issue_feed_key(CAIRO).unwrap(), office.issue_feed_key(CAIRO).unwrap());
    office.revoke_feed_key(&one.id).unwrap();
    let known = office.feed_keys().unwrap();
    let revoked = known.iter().find(|key| key.id == one.id).unwrap().revoked_at;
    assert!(revoked.is_some());
    assert!(matches!(office.authenticate_feed(&one.key), Err(Error::ApiKeyInactive)));
    office.revoke_feed_key(&one.id).unwrap();
    assert_eq!(office.feed_keys().unwrap(), known, "a key is revoked once");
    assert_eq!(office.authenticate_feed(&other.key).unwrap(), CAIRO);
    for id in ["key_0", "", &one.key] {
        let missing = office.revoke_feed_key(id).unwrap_err();
        assert!(matches!(missing, Error::ResourceMissing { param: "id", .. }), "{missing}");
    }
    let unknown = office.authenticate_feed("fk_1").unwrap_err();
    assert!(matches!(unknown, Error::ApiKeyInvalid), "{unknown}");
    for id in ["", "cairo", "acct_", "acct_\n"] {
        let invalid = office.issue_feed_key(id).unwrap_err();
        assert_eq!(invalid.param(), Some("merchantId"), "{id}");
    }
}
