//! On a real server.

mod chaos;
mod doubts;
mod guards;
mod nodes;
mod strange;
