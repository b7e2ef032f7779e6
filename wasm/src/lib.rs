//! Refundry for browsers and Node. No rule lives here: every function turns JavaScript's values
//! into the library's, calls it, and turns the answer back.
