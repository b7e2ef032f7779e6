//! Tables are read by others' readers of CSV to the same sums.
