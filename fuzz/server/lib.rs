//! The parts of the server that answer a connection.
#![allow(dead_code, unreachable_pub)]

#[path = "../../examples/server/src/answer.rs"]
mod answer;
#[path = "../../examples/server/src/clock.rs"]
mod clock;
#[path = "../../examples/server/src/connection.rs"]
mod connection;
#[path = "../../examples/server/src/counter.rs"]
mod counter;
#[path = "../../examples/server/src/alone.rs"]
mod alone;
#[path = "../../examples/server/src/desk.rs"]
mod desk;
#[path = "../../examples/server/src/feeding.rs"]
mod feeding;
#[path = "../../examples/server/src/gate.rs"]
mod gate;
#[path = "../../examples/server/src/head.rs"]
mod head;
#[path = "../../examples/server/src/line.rs"]
mod line;
#[path = "../../examples/server/src/metrics.rs"]
mod metrics;
#[path = "../../examples/server/src/node.rs"]
mod node;
#[path = "../../examples/server/src/pages.rs"]
mod pages;
#[path = "../../examples/server/src/peers/mod.rs"]
mod peers;
#[path = "../../examples/server/src/piece.rs"]
mod piece;
#[path = "../../examples/server/src/problem.rs"]
mod problem;
#[path = "../../examples/server/src/query.rs"]
mod query;
#[path = "../../examples/server/src/record.rs"]
mod record;
#[path = "../../examples/server/src/route.rs"]
mod route;
#[path = "../../examples/server/src/stop.rs"]
mod stop;
#[path = "../../examples/server/src/store.rs"]
mod store;
#[path = "../../examples/server/src/strangers.rs"]
mod strangers;
#[path = "../../examples/server/src/upload.rs"]
mod upload;
#[path = "../../examples/server/src/webhook/mod.rs"]
mod webhook;
#[path = "../../examples/server/src/writer.rs"]
mod writer;

#[path = "../http.rs"]
mod http;

/// Answers these bytes, and looks at the answers.
pub fn run(input: &[u8]) {
    http::run(input);
}
