//! API keys: shown once, kept as a hash, revoked for ever.

use refundry::{Error, Ledger, NewMerchant};

use super::{Clock, DAY, ledger, merchant};

#[test]
fn a_key_names_its_merchant() {
    let (mut ledger, clock) = ledger();
    let giza = merchant(&mut ledger, "acct_giza");
    assert_eq!(ledger.book("acct_giza").unwrap().merchant().unwrap(), giza, "kept as it was told");
    let mut live = NewMerchant::named("Live");
    live.live_mode = true;
    let live = ledger.create_merchant(&live).unwrap().id;
    let of_live = ledger.book(&live).unwrap().issue_key().unwrap().key;
    let of_cairo = ledger.book("acct_cairo").unwrap().issue_key().unwrap().key;
    clock.advance(DAY);
    let second = ledger.book("acct_cairo").unwrap().issue_key().unwrap().key;
    let of_giza = ledger.book("acct_giza").unwrap().issue_key().unwrap().key;
    for (key, id) in [(&of_cairo, "acct_cairo"), (&second, "acct_cairo"), (&of_giza, "acct_giza")] {
        assert!(key.starts_with("sk_test_"), "{key}");
        assert_eq!(key.len(), "sk_test_".len() + 26);
        assert_eq!(ledger.authenticate(key).unwrap().id, id);
    }
    let cairo = ledger.book("acct_cairo").unwrap().merchant().unwrap();
    assert_eq!(ledger.authenticate(&second).unwrap(), cairo, "as it is, not as the key is");
    assert!(of_live.starts_with("sk_live_"));
    assert_eq!(ledger.authenticate(&of_live).unwrap().id, live);
    assert_ne!(of_cairo, second);
    for (key, live) in [(&of_live, true), (&of_cairo, false)] {
        let merchant = ledger.authenticate(key).unwrap();
        assert!(merchant.require_mode(live).is_ok());
        let refused = merchant.require_mode(!live);
        assert!(
            matches!(refused, Err(Error::PermissionDenied { live_mode }) if live_mode == live),
            "{refused:?}"
        );
    }
    let keys = ledger.book("acct_cairo").unwrap().keys().unwrap();
    assert_eq!(keys.len(), 2);
    assert!(keys[0].created_at < keys[1].created_at, "the oldest first");
    assert!(keys.iter().all(|key| key.revoked_at.is_none()));
}

#[test]
fn what_is_no_key_is_refused() {
    let (mut ledger, _) = ledger();
    let key = ledger.book("acct_cairo").unwrap().issue_key().unwrap().key;
    let id = ledger.book("acct_cairo").unwrap().keys().unwrap()[0].id.clone();
    let shorter = &key[..key.len() - 1];
    let longer = format!("{key}0");
    let upper = key.to_uppercase();
    for wrong in ["", "sk_test_", shorter, &longer, &upper, &id, "acct_cairo", "%", "\0"] {
        let refused = ledger.authenticate(wrong);
        assert!(matches!(refused, Err(Error::ApiKeyInvalid)), "{wrong:?}");
    }
}

#[test]
fn a_revoked_key_stays_revoked() {
    let (mut ledger, clock) = ledger();
    let mut book = ledger.book("acct_cairo").unwrap();
    let key = book.issue_key().unwrap().key;
    let id = book.keys().unwrap()[0].id.clone();
    clock.advance(DAY);
    let other = book.issue_key().unwrap().key;
    book.revoke_key(&id).unwrap();
    let revoked_at = book.keys().unwrap()[0].revoked_at;
    assert_eq!(revoked_at, Some(clock.now()));
    clock.advance(DAY);
    book.revoke_key(&id).unwrap();
    assert_eq!(book.keys().unwrap()[0].revoked_at, revoked_at, "the first time counts");
    for unknown in ["", "key_", "key_0000000000000000", key.as_str()] {
        let missing = book.revoke_key(unknown);
        assert!(matches!(missing, Err(Error::ResourceMissing { param: "id", .. })), "{unknown}");
    }
    assert!(matches!(ledger.authenticate(&key), Err(Error::ApiKeyInactive)));
    assert_eq!(ledger.authenticate(&other).unwrap().id, "acct_cairo");
}

#[test]
fn an_issued_key_is_named_and_not_told_by_accident() {
    let (mut ledger, _) = ledger();
    let mut book = ledger.book("acct_cairo").unwrap();
    let issued = book.issue_key().unwrap();
    assert_eq!(issued.id, book.keys().unwrap()[0].id);
    assert!(issued.id.starts_with("key_"));
    let told = format!("{issued:?}");
    assert!(told.contains(&issued.id) && !told.contains(&issued.key), "{told}");
    book.revoke_key(&issued.id).unwrap();
    assert!(matches!(ledger.authenticate(&issued.key), Err(Error::ApiKeyInactive)));
}

/// Neither the file nor its log ever holds a key.
#[test]
fn only_the_hash_of_a_key_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let mut ledger = Ledger::open(&path, Clock::new().options()).unwrap();
    merchant(&mut ledger, "acct_cairo");
    let mut book = ledger.book("acct_cairo").unwrap();
    let issued = book.issue_key().unwrap();
    let revoked = book.issue_key().unwrap().key;
    for key in book.keys().unwrap() {
        if key.id != book.keys().unwrap()[0].id {
            book.revoke_key(&key.id).unwrap();
        }
    }
    let imported = "sk_test_imported_0123456789";
    let line = format!(
        r#"{{"object":"merchant","id":"acct_giza","name":"Giza","apiKeys":["{imported}"]}}"#
    );
    ledger.import(line.as_bytes(), |_| std::ops::ControlFlow::Continue(())).unwrap();
    assert_eq!(ledger.authenticate(imported).unwrap().id, "acct_giza");
    let search = |moment: &str| {
        for name in ["ledger", "ledger-wal", "ledger-shm"] {
            let Ok(bytes) = std::fs::read(folder.path().join(name)) else {
                assert_ne!(name, "ledger");
                continue;
            };
            for key in [issued.key.as_str(), revoked.as_str(), imported] {
                // What follows the prefix is the secret.
                let secret = &key.as_bytes()["sk_test_".len()..];
                let found = bytes.windows(secret.len()).any(|window| window == secret);
                assert!(!found, "{name} holds a key, {moment}");
            }
        }
    };
    search("open");
    drop(ledger);
    search("closed");
}

/// Whatever source of ids a ledger has: that of a simulation is known to everyone.
#[test]
fn every_digit_of_a_key_is_the_systems_own_and_random() {
    let mut options = Clock::new().options();
    options.random = Box::new(|bytes| {
        bytes.fill(7);
        Ok(())
    });
    let mut ledger = Ledger::in_memory(options).unwrap();
    merchant(&mut ledger, "acct_cairo");
    let mut book = ledger.book("acct_cairo").unwrap();
    let keys: Vec<String> = (0..32).map(|_| book.issue_key().unwrap().key).collect();
    for place in "sk_test_".len()..keys[0].len() {
        let digit = |key: &String| key.as_bytes()[place];
        assert!(keys.iter().any(|key| digit(key) != digit(&keys[0])), "digit {place} never varies");
    }
}
