//! Refundry for C. No rule lives here: every function checks its pointers, calls the library, and
//! writes its outputs last.
