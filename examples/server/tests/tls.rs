//! Webhooks over TLS: an endpoint is believed if the system's roots vouch for it.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::{
    ledgers, log,
    operator::run,
    server::{self, LedgerFile},
};

/// Answers every POST with a 200, over TLS.
const RECEIVER: &str = r#"
import ssl, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass

server = HTTPServer(("127.0.0.1", 0), Receiver)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("cert.pem", "key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
"#;

fn openssl(folder: &Path, arguments: &str) {
    let mut openssl = Command::new("openssl");
    openssl.args(arguments.split(' ')).current_dir(folder).stderr(Stdio::null());
    assert!(openssl.status().unwrap().success(), "openssl {arguments}");
}

/// A certificate for `localhost` and the root that vouches for it, for two days.
fn certify(folder: &Path) {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(folder, &format!("req -x509 {key} -days 2 -subj /CN=Trial -keyout ca.key -out ca.pem"));
    openssl(folder, &format!("req {key} -subj /CN=localhost -keyout key.pem -out leaf.csr"));
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost").unwrap();
    let sign = "-CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names";
    openssl(folder, &format!("x509 -req -in leaf.csr {sign} -out cert.pem"));
}

struct Receiver(Child);

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn an_endpoint_is_believed_if_a_root_vouches_for_it() {
    let file = LedgerFile::of(&ledgers::town());
    let folder = file.directory();
    certify(folder);
    let mut python = Command::new("python3");
    python.args(["-c", RECEIVER]).current_dir(folder).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut receiver = Receiver(python.spawn().unwrap());
    let mut port = String::new();
    BufReader::new(receiver.0.stdout.take().unwrap()).read_line(&mut port).unwrap();
    let path = file.path();
    let url = format!("https://localhost:{}/hooks", port.trim());
    let added = run(&path, &["webhook", "add", &url, "--json"]).json();
    log::is_secret(added["secret"].as_str().unwrap());
    let test = |roots: &Path| {
        let mut command = server::command();
        command.args(["webhook", "test", added["id"].as_str().unwrap(), "--json"]);
        command.env("REFUNDRY_DATABASE", &path).env("SSL_CERT_FILE", roots);
        command.output().unwrap()
    };
    let believed = test(&folder.join("ca.pem"));
    assert!(believed.status.success(), "{believed:?}");
    // Another root vouches for nobody here.
    let other = folder.join("other");
    fs::create_dir(&other).unwrap();
    certify(&other);
    let refused = test(&other.join("ca.pem"));
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("did not arrive") && said.contains("certificate"), "{said}");
}
