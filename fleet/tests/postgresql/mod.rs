//! On a real server.

mod announced;
mod between;
mod chaos;
mod controls;
mod doubts;
mod endpoints;
mod guards;
mod importing;
mod looks;
mod moving;
mod nodes;
mod snapshots;
mod stories;
mod strange;
mod views;
