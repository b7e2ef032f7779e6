//! Single operations in memory, for comparing one version of the code with another.

use std::{hint::black_box, ops::ControlFlow};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use refundry::{Amount, RefundRequest};
use refundry_benches::shop::{self, MERCHANT, refund, requests, scattered};

const CHARGES: u64 = 10_000;

fn refunds(criterion: &mut Criterion) {
    let mut ledger = shop::in_memory(CHARGES).expect("a ledger");
    let mut numbers = 0..;
    criterion.bench_function("create_refund of one piastre", |bench| {
        bench.iter_batched(
            || {
                let number: u64 = numbers.next().unwrap_or_default();
                let mut request = RefundRequest::of_charge(format!("ch_{}", number % CHARGES));
                request.amount = Amount::from_minor(1).ok();
                request
            },
            |request| ledger.book(MERCHANT)?.create_refund(&request, None),
            BatchSize::SmallInput,
        );
    });
}

fn answers(criterion: &mut Criterion) {
    let mut ledger = shop::in_memory(CHARGES).expect("a ledger");
    let asked = requests(scattered(CHARGES, 1)).expect("a request");
    refund(&mut ledger, &asked, 1).expect("a refund");
    let (request, key) = &asked[0];
    let id = ledger.book(MERCHANT).and_then(|mut book| book.create_refund(request, Some(key)));
    let id = id.expect("a replay").id.clone();
    criterion.bench_function("a replay", |bench| {
        bench.iter(|| ledger.book(MERCHANT)?.create_refund(black_box(request), Some(key)));
    });
    criterion.bench_function("a refusal", |bench| {
        bench.iter(|| ledger.book(MERCHANT)?.create_refund(black_box(request), None));
    });
    criterion.bench_function("reading a refund", |bench| {
        bench.iter(|| ledger.book(MERCHANT)?.refund(black_box(&id)));
    });
    let mut ledger = shop::in_memory(CHARGES).expect("a ledger");
    criterion.bench_function("verify of 10,000 charges", |bench| {
        bench.iter(|| ledger.verify(&[], |_| ControlFlow::Continue(())));
    });
}

criterion_group!(operations, refunds, answers);
criterion_main!(operations);
