//! Streamed answers, taken from the model by a task of their own: a client that stops reading gives the model's place
//! back as one that goes away does.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures::{Stream, StreamExt as _};
use tokio::sync::mpsc;

/// Pieces that may wait for a client which reads more slowly than the model writes.
const AHEAD: usize = 32;
/// Who takes not one piece in so long does not read: pieces are some hundred bytes, which the slowest line carries in a
/// second, and meanwhile others wait for the place on the model.
const PATIENCE: Duration = Duration::from_secs(30);

/// The pieces as the body of a response. They are dropped, and the model with them, when the client is gone or takes
/// nothing for [`PATIENCE`]; the body then ends early.
pub(super) fn body(pieces: impl Stream<Item = Bytes> + Send + 'static) -> Body {
    let (sender, mut receiver) = mpsc::channel(AHEAD);
    crate::workers::detach(pump(pieces, sender, PATIENCE));
    Body::from_stream(async_stream::stream! {
        while let Some(piece) = receiver.recv().await {
            yield Ok::<_, Infallible>(piece);
        }
    })
}

async fn pump(pieces: impl Stream<Item = Bytes>, client: mpsc::Sender<Bytes>, patience: Duration) {
    let mut pieces = std::pin::pin!(pieces);
    loop {
        let piece = tokio::select! {
            piece = pieces.next() => piece,
            () = client.closed() => None,
        };
        let Some(piece) = piece else { return };
        if client.send_timeout(piece, patience).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::body::Bytes;
    use futures::{Stream, StreamExt as _, stream};
    use tokio::sync::mpsc;

    use super::pump;

    fn endless() -> impl Stream<Item = Bytes> {
        stream::repeat(Bytes::from_static(b"data: x\n\n"))
    }

    #[tokio::test]
    async fn a_client_that_stops_reading_ends_the_answer() {
        let (sender, mut client) = mpsc::channel(2);
        pump(endless(), sender, Duration::from_millis(20)).await;
        // It finds what was ready for it, and then the end.
        assert!(client.recv().await.is_some() && client.recv().await.is_some() && client.recv().await.is_none());
    }

    #[tokio::test]
    async fn a_client_that_goes_away_ends_an_answer_that_still_thinks() {
        let (sender, client) = mpsc::channel(2);
        drop(client);
        pump(stream::pending(), sender, Duration::from_secs(600)).await;
    }

    #[tokio::test]
    async fn a_client_that_reads_slowly_gets_everything() {
        let (sender, mut client) = mpsc::channel(1);
        let reading = async {
            let mut read = 0;
            while client.recv().await.is_some() {
                read += 1;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            read
        };
        let ((), read) = tokio::join!(pump(endless().take(20), sender, Duration::from_secs(600)), reading);
        assert_eq!(read, 20);
    }
}
