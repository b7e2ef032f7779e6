//! The counter: what a request asks for, whether it may, and the ledger's answer. The rules are the
//! ledger's; here is only their order.

use std::{net::IpAddr, sync::Arc, time::Instant};

use http_body_util::Either;
use hyper::{
    HeaderMap, Method, Request, StatusCode,
    body::Incoming,
    header::{
        AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, EXPECT, HOST, HeaderName, HeaderValue,
        LOCATION, TRANSFER_ENCODING,
    },
    http::request::Parts,
};
use refundry::{Book, Error, IdempotencyKey, RefundRequest};
use refundry_receipt::SigningKey;
use serde::Serialize;

use crate::{
    answer::{self, Answer, json},
    feeding::{self, Ended},
    line::{Line, State},
    pages,
    peers::{NODE, Peers},
    problem::Problem,
    query::{self, Query},
    record::{self, Record},
    route::Route,
    store::{Asker, Store},
    strangers::Strangers,
    upload::{Late, Upload},
};

pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What every request needs.
pub(crate) struct Counter {
    pub(crate) store: Store,
    pub(crate) strangers: Strangers,
    /// Signs receipts, if it is there.
    pub(crate) signing: Option<SigningKey>,
    /// Where other nodes of the fleet are, if this one takes requests from them.
    pub(crate) peers: Option<Peers>,
}

/// Answers one request, unless its body is late.
pub(crate) async fn respond(
    request: Request<Incoming>,
    counter: Arc<Counter>,
    address: IpAddr,
    line: Arc<Line>,
) -> Result<Answer, Late> {
    let mut record = Record::begin();
    let (head, body) = request.into_parts();
    let peers = counter.peers.as_ref();
    let token = peers.and_then(|peers| peers.token_asked_for(&head.headers));
    let chunked = head.headers.contains_key(TRANSFER_ENCODING);
    let malformed = !head.headers.contains_key(HOST);
    let admitted = if malformed {
        Err(line.fault().unwrap_or(Problem::PathUnknown))
    } else {
        counter.admit(&head, address, &mut record).await
    };
    let (outcome, last) = match admitted {
        Ok(call) if call.route == Route::Feed && head.method == Method::POST => {
            counter.receive(call, &head, body, &line).await.inspect_err(|_| record::closed(LATE))?
        }
        admitted => {
            // With `Expect: 100-continue` the body is not sent yet.
            let unsent = admitted.is_err() && head.headers.contains_key(EXPECT);
            let upload = if unsent { Ok(Upload::FarTooLarge) } else { Upload::receive(body).await };
            let upload = upload.inspect_err(|_| record::closed(LATE))?;
            line.becomes(State::Working);
            let last = malformed || upload.leaves_something();
            let outcome = match admitted {
                Ok(call) => counter.perform(call, &head, upload, &line).await,
                Err(problem) => Err(problem),
            };
            (outcome, last)
        }
    };
    let mut answer = record.answer(outcome);
    if let Some(token) = token {
        answer.headers_mut().insert(NODE, token);
    }
    // The gate does not look for the end of chunks.
    if last || chunked {
        answer::close(&mut answer);
    }
    if matches!(answer.body(), Either::Left(_)) {
        line.becomes(State::Idle);
    }
    Ok(answer)
}

/// Why a connection is closed whose body does not come.
const LATE: &str = "body deadline";

/// A request that may be made.
struct Call {
    route: Route,
    /// The id in its path.
    id: String,
    /// Whose key it came with, where one is needed.
    asker: Asker,
}

impl Counter {
    /// Everything that is checked before the body is read: the path, the method, the key.
    async fn admit(
        &self,
        head: &Parts,
        address: IpAddr,
        record: &mut Record,
    ) -> Result<Call, Problem> {
        let (route, id) = Route::of(head.uri.path()).ok_or(Problem::PathUnknown)?;
        record.route = route.path();
        record.method = match head.method {
            Method::GET => "GET",
            Method::HEAD => "HEAD",
            Method::POST if route.takes_posts() => "POST",
            _ => return Err(Problem::MethodNotAllowed { allow: route.allow() }),
        };
        if route.is_open() {
            return Ok(Call { route, id, asker: Asker::default() });
        }
        let query = head.uri.query().unwrap_or_default();
        let asker = self.asker(route, head, query).await.map_err(|refused| match refused {
            Problem::Ledger(Error::ApiKeyInvalid | Error::ApiKeyInactive) => {
                let again = self.strangers.refuse(address, Instant::now());
                again.map_or_else(|seconds| Problem::RateLimit { seconds }, |()| refused)
            }
            other => other,
        })?;
        record.merchant = Some(asker.merchant_id.clone());
        Ok(Call { route, id, asker })
    }

    /// Whose key the request came with. A feed is sent with a key that may do nothing else.
    async fn asker(&self, route: Route, head: &Parts, query: &str) -> Result<Asker, Problem> {
        let key = bearer(&head.headers).unwrap_or_default().to_owned();
        if route == Route::Feed && head.method == Method::POST {
            let merchant_id = self.store.authenticate_feed(key.clone()).await?;
            return Ok(Asker::of(merchant_id, key));
        }
        let merchant = self.store.authenticate(key.clone()).await?;
        query::check_mode(query, &merchant)?;
        Ok(Asker::of(merchant.id, key))
    }

    async fn perform(
        self: &Arc<Self>,
        call: Call,
        head: &Parts,
        upload: Upload,
        line: &Arc<Line>,
    ) -> Result<Answer, Problem> {
        let body = upload.whole()?;
        let Call { route, id, mut asker } = call;
        let is_post = head.method == Method::POST;
        if is_post {
            check_type(&head.headers, is_json, NOT_JSON)?;
        }
        let query = Query::read(head.uri.query().unwrap_or_default(), route.parameters(is_post))?;
        asker.freshness = query.freshness()?;
        if let Some(peers) = &self.peers
            && let Some(answer) = peers.answer(route, &asker, head, &body).await
        {
            return Ok(answer);
        }
        let page = query.page();
        match route {
            Route::Refunds if is_post => self.create_refund(asker, &head.headers, &body).await,
            Route::Refunds => {
                let filter = query.refund_filter()?;
                self.show(asker, move |book| book.refunds(&filter, &page)).await
            }
            Route::Refund => self.show(asker, move |book| book.posted_refund(&id)).await,
            Route::RefundReceipt => self.receipt(asker, id).await,
            Route::Charges => {
                let filter = query.charge_filter()?;
                self.show(asker, move |book| book.charges(&filter, &page)).await
            }
            Route::Charge => self.show(asker, move |book| book.charge(&id)).await,
            Route::PaymentIntent => self.show(asker, move |book| book.payment_intent(&id)).await,
            Route::Disputes => {
                let filter = query.dispute_filter()?;
                self.show(asker, move |book| book.disputes(&filter, &page)).await
            }
            Route::Dispute => self.show(asker, move |book| book.dispute(&id)).await,
            Route::Handovers => {
                let filter = query.handover_filter()?;
                self.show(asker, move |book| book.handovers(&filter, &page)).await
            }
            Route::Handover => self.show(asker, move |book| book.handover(&id)).await,
            Route::Balance => self.show(asker, |book| book.funds()).await,
            Route::BalanceTransactions => {
                let filter = query.statement_filter()?;
                self.show(asker, move |book| book.balance_transactions(&filter, &page)).await
            }
            Route::BalanceTransaction => {
                self.show(asker, move |book| book.balance_transaction(&id)).await
            }
            Route::Events => {
                let filter = query.event_filter()?;
                self.show(asker, move |book| book.events(&filter, &page)).await
            }
            Route::Event => self.show(asker, move |book| book.event(&id)).await,
            Route::Feed => {
                let lines = feeding::send(self, asker, query.after()?, Arc::clone(line)).await?;
                Ok(answer::lines(feeding::MEDIA_TYPE, lines))
            }
            Route::Health => json(StatusCode::OK, self.store.is_healthy().map(|()| &OK)?),
            Route::Readiness => json(StatusCode::OK, self.store.is_ready().await.map(|()| &OK)?),
            Route::Description => Ok(pages::description()),
            Route::Docs => Ok(pages::docs()),
            Route::Viewer => Ok(pages::viewer()),
        }
    }

    /// Takes in a feed. Also tells whether this is the last request of its connection.
    async fn receive(
        &self,
        call: Call,
        head: &Parts,
        mut body: Incoming,
        line: &Line,
    ) -> Result<(Result<Answer, Problem>, bool), Late> {
        let known = Query::read(head.uri.query().unwrap_or_default(), call.route.parameters(true));
        let is_proper = known
            .map_err(Problem::Ledger)
            .and_then(|_| check_type(&head.headers, is_feed, NOT_A_FEED));
        let received = match is_proper {
            Err(problem) => Err(problem),
            Ok(()) => match feeding::receive(&self.store, &call.asker.merchant_id, &mut body, line)
                .await
            {
                Ended::Answered(received) => received,
                Ended::Late => return Err(Late),
            },
        };
        let answer = received.and_then(|received| json(StatusCode::OK, &received));
        // The rest of a feed that was refused is read, as far as that goes.
        let last = answer.is_err() && Upload::receive(body).await?.leaves_something();
        Ok((answer, last))
    }

    /// Something of a merchant's book, as new as the asker wants it.
    async fn show<T: Serialize + Send + 'static>(
        &self,
        asker: Asker,
        question: impl FnMut(&mut Book<'_>) -> refundry::Result<T> + Send + 'static,
    ) -> Result<Answer, Problem> {
        json(StatusCode::OK, &self.store.book(asker, question).await?)
    }

    /// The receipt of a refund. What the tree of a file lacks is kept before, so that this never takes
    /// long twice.
    async fn receipt(&self, asker: Asker, id: String) -> Result<Answer, Problem> {
        let refund = id.clone();
        self.store.book(asker.clone(), move |book| book.refund(&refund)).await?;
        self.store.extend_tree(&asker.merchant_id).await?;
        let mut receipt = self.store.book(asker, move |book| book.receipt(&id, None)).await?;
        if let Some(key) = &self.signing {
            receipt = receipt.sign(key);
        }
        let (signed, receipt) = (self.signing.is_some(), receipt.to_string());
        json(StatusCode::OK, &Receipt { receipt, signed })
    }

    async fn create_refund(
        &self,
        asker: Asker,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Answer, Problem> {
        let request = RefundRequest::from_json(body)?;
        let key = idempotency_key(headers)?;
        let refund = self.store.create_refund(asker, request, key).await?;
        let mut answer = json(StatusCode::CREATED, &refund.value)?;
        if let Ok(location) = format!("/refunds/{}", refund.value.id).try_into() {
            answer.headers_mut().insert(LOCATION, location);
        }
        if refund.replayed {
            answer::mark_replayed(&mut answer);
        }
        Ok(answer)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim_matches(' '))
}

const NOT_JSON: &str = "the body does not say that it is JSON; nothing was changed; send it with \
                        Content-Type: application/json";

const NOT_A_FEED: &str = "the body does not say that it is a feed; nothing was changed; send it with \
                          Content-Type: application/x-ndjson";

/// Checks that the headers promise what is wanted, as it is.
fn check_type(
    headers: &HeaderMap,
    is_wanted: fn(&str) -> bool,
    message: &'static str,
) -> Result<(), Problem> {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or_default().split(';').next().unwrap_or_default();
    if !is_wanted(&media_type.trim().to_ascii_lowercase()) {
        return Err(Problem::UnsupportedMediaType { message });
    }
    let is_plain = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    if !headers.get_all(CONTENT_ENCODING).iter().all(is_plain) {
        let message = "the body has a Content-Encoding; nothing was changed; send it as it is, \
                       without that header";
        return Err(Problem::UnsupportedMediaType { message });
    }
    Ok(())
}

fn is_json(media_type: &str) -> bool {
    let subtype = media_type.strip_prefix("application/").unwrap_or_default();
    subtype == "json" || subtype.ends_with("+json")
}

fn is_feed(media_type: &str) -> bool {
    media_type == feeding::MEDIA_TYPE
}

fn idempotency_key(headers: &HeaderMap) -> refundry::Result<Option<IdempotencyKey>> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => IdempotencyKey::from_bytes(value.as_bytes()).map(Some),
        // Two keys are no key: which of them would the sender ask for again?
        (Some(_), Some(_)) => IdempotencyKey::from_bytes(b"").map(Some),
    }
}

/// A receipt, as it is answered.
#[derive(Serialize)]
struct Receipt {
    receipt: String,
    signed: bool,
}

const OK: Health = Health { status: "ok" };

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;
    use crate::desk;

    #[tokio::test]
    async fn without_the_writer_health_is_a_failure_like_any_other() {
        let (desk, _clerks, _folder) = desk::tests::without_its_writer().await;
        let counter = Arc::new(Counter {
            store: desk.into(),
            strangers: Strangers::default(),
            signing: None,
            peers: None,
        });
        let (head, ()) = Request::get("/healthz").body(()).unwrap().into_parts();
        let mut record = Record::begin();
        let call = counter.admit(&head, [127, 0, 0, 1].into(), &mut record).await.unwrap();
        let line = Arc::new(Line::open());
        let outcome = counter.perform(call, &head, Upload::Whole(Vec::new()), &line).await;
        let answer = record.answer(outcome);
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["error"]["type"], "api_error");
    }
}
