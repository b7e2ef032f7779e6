//! A server that answers every request with the same JSON: what HTTP itself costs.

use std::convert::Infallible;

use http_body_util::Full;
use hyper::{
    Response, body::Bytes, header::CONTENT_TYPE, header::HeaderValue, server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use refundry_benches::Result;
use tokio::{net::TcpListener, runtime::Runtime};

const BODY: &[u8] = br#"{"id":"re_06e5xt9wq0f4k2t9d7m1h3p8zc","chargeId":"ch_1","amount":"22604","currency":"EGP","status":"succeeded","reason":null,"balanceTransactionId":"bt_2","createdAt":"2024-01-01T00:00:00.000Z","paymentIntentId":null,"description":null,"metadata":{},"externalReference":null}"#;

fn main() -> Result<()> {
    Runtime::new()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("listening on http://{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(async {
                let answer = service_fn(|_| async {
                    let mut answer = Response::new(Full::new(Bytes::from_static(BODY)));
                    let json = HeaderValue::from_static("application/json");
                    answer.headers_mut().insert(CONTENT_TYPE, json);
                    Ok::<_, Infallible>(answer)
                });
                // Who goes away is not served any further.
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
            });
        }
    })
}
