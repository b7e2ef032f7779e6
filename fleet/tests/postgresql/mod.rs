//! On a real server.

mod between;
mod chaos;
mod doubts;
mod guards;
mod looks;
mod moving;
mod nodes;
mod snapshots;
mod strange;
mod views;
