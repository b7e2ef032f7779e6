//! A client that others wrote, in the language of shop plug-ins.

use std::process::Command;

use crate::{
    ledgers::{self, CAIRO},
    log,
    server::LedgerFile,
};

#[test]
fn a_shop_plug_in_works_unchanged() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    log::is_secret("order-17-return-1");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/shop.php");
    let base = format!("http://{}", server.address);
    let ran = Command::new("php")
        .args([script, &base, CAIRO])
        .output()
        .expect("php is there: apt-get install php-cli php-curl");
    let said = String::from_utf8(ran.stderr).unwrap();
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stdout));
    let notice = String::from_utf8(ran.stdout).unwrap();
    assert_eq!(
        notice,
        "at most 11704 minor units of this charge can still be refunded; nothing was refunded; \
         ask for no more than that (amount_exceeds_refundable: amount)\n"
    );
    server.stop();
}
