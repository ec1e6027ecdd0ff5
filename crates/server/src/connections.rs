//! Connections: so many at once, so many of one address, and no time for a head or a body that does not come.
//! A caller who opens many connections and sends a letter now and then (slowloris) takes nothing from others.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use axum::routing::future::RouteFuture;
use axum::{BoxError, Router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower::Service;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::limits::{Connections, Counter};

/// The largest head of a request.
const MAX_HEAD_BYTES: usize = 64 << 10;
/// Streams of one HTTP/2 connection at once.
const MAX_STREAMS: u32 = 64;

/// Serves until `draining`; then requests under way end and connections close.
pub async fn serve(listener: TcpListener, router: Router, bounds: Connections, draining: watch::Receiver<bool>) {
    let router = router.layer(RequestBodyTimeoutLayer::new(Duration::from_secs(bounds.body_secs)));
    let open = Arc::new(Semaphore::new(bounds.most));
    let by_address = Counter::default();
    let mut connections = JoinSet::new();
    let mut ending = draining.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = ending.wait_for(|draining| *draining) => break,
        };
        while connections.try_join_next().is_some() {}
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of files, most likely: those that end make room.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let most = u32::try_from(bounds.per_address).unwrap_or(u32::MAX);
        let (Ok(place), Some(counted)) =
            (Arc::clone(&open).try_acquire_owned(), by_address.enter(&peer.ip().to_string(), most))
        else {
            crate::measures::turned_away("connections");
            drop(stream);
            continue;
        };
        let (router, draining) = (router.clone(), draining.clone());
        connections.spawn(async move {
            one(stream, peer, router, bounds.header_secs, draining).await;
            drop((place, counted));
        });
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn one(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    header_secs: u64,
    mut draining: watch::Receiver<bool>,
) {
    drop(stream.set_nodelay(true));
    let service = Known { router, peer };
    let mut builder = Builder::new(TokioExecutor::new());
    let head = Duration::from_secs(header_secs);
    builder.http1().timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(MAX_HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(64 << 10)
        .keep_alive_interval(head)
        .keep_alive_timeout(head);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), TowerToHyperService::new(service));
    let mut connection = std::pin::pin!(connection);
    let ending = async move { drop(draining.wait_for(|draining| *draining).await) };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = ending => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Callers go away all the time.
        tracing::debug!(%error, "a connection ended early");
    }
}

/// The routes, for callers of one address.
#[derive(Clone)]
struct Known {
    router: Router,
    peer: SocketAddr,
}

impl<B> Service<Request<B>> for Known
where
    B: HttpBody<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response;
    type Error = Infallible;
    type Future = RouteFuture<Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        request.extensions_mut().insert(ConnectInfo(self.peer));
        self.router.call(request.map(Body::new))
    }
}
