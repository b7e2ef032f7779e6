//! Tests of the C binding, by programs in C that are compiled and run here.

#![cfg(test)]

mod crash;
mod disk;
mod header;
mod interface;
mod program;
mod quickstart;
mod sharing;
