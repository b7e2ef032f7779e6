//! Certificates.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

fn openssl(arguments: &str, folder: &Path) {
    let done = Command::new("openssl")
        .args(arguments.split(' '))
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// Makes `server.crt` and `server.key` in a folder, for `names` as openssl writes them; `ours.pem`, the
/// certificate of who signed it, and `others.pem`, of somebody else.
pub(crate) fn certificate(folder: &Path, names: &str) {
    for (name, subject) in [("ours", "/CN=ours"), ("others", "/CN=others")] {
        openssl(
            &format!(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 \
                 -subj {subject} -keyout {name}.key -out {name}.pem"
            ),
            folder,
        );
    }
    openssl(
        "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=server \
         -keyout server.key -out server.csr",
        folder,
    );
    fs::write(folder.join("names"), format!("subjectAltName={names}")).unwrap();
    openssl(
        "x509 -req -in server.csr -CA ours.pem -CAkey ours.key -CAcreateserial -days 2 \
         -extfile names -out server.crt",
        folder,
    );
}
