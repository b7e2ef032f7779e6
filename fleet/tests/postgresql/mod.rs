//! On a real server.

mod chaos;
mod doubts;
mod guards;
mod moving;
mod nodes;
mod strange;
mod views;
