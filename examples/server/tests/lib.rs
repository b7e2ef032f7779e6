//! The server as its users meet it: the binary, over sockets.

// A test that panics has done its work; and a sum that overflows here panics.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used)]

mod abuse;
mod bookkeeping;
mod books;
mod client;
#[cfg(unix)]
mod couriers;
mod demo;
mod deployment;
mod description;
mod disputes;
mod endpoints;
#[cfg(target_os = "linux")]
mod faults;
mod feeding;
#[cfg(unix)]
mod fleets;
mod handovers;
#[cfg(unix)]
mod homes;
mod http;
mod importing;
mod ledgers;
mod lists;
#[cfg(target_os = "linux")]
mod litestream;
mod log;
mod logs;
mod manual;
mod maturity;
mod measures;
mod metrics;
#[cfg(unix)]
mod moves;
#[cfg(unix)]
mod nodes;
mod operator;
mod plugin;
#[cfg(unix)]
mod proxies;
mod queue;
mod reading;
mod receipts;
mod receiver;
mod receivers;
mod refund;
mod refusals;
#[cfg(unix)]
mod restoring;
mod server;
mod shop;
mod start;
mod tls;
mod webhook_commands;
mod webhooks;
