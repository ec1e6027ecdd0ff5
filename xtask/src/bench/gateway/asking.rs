//! Clients who get one quick answer after the other, each known by its number.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Result;
use tokio::task::JoinSet;

use crate::caller::{Caller, body};
use crate::ours::FAST;

/// Clients on each server.
const CLIENTS: usize = 4;
/// Above the counts of the mock upstream's other answers.
const FIRST_NUMBER: u32 = 1000;

/// Clients on several servers, until they are told to end.
pub(crate) struct Asking {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinSet<Vec<u32>>>,
}

impl Asking {
    /// Begins on all of these servers.
    pub(crate) fn begin(callers: &[Caller]) -> Self {
        let (stop, numbers) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(FIRST_NUMBER)));
        let on = |caller: &Caller| {
            let mut clients = JoinSet::new();
            for _ in 0..CLIENTS {
                clients.spawn(ask(caller.clone(), Arc::clone(&numbers), Arc::clone(&stop)));
            }
            clients
        };
        let clients = callers.iter().map(on).collect();
        Self { stop, clients }
    }

    /// Ends, and gives for each server the numbers whose whole answer came.
    pub(crate) async fn end(self) -> Result<Vec<Vec<u32>>> {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Vec::new();
        for mut clients in self.clients {
            let mut told: Vec<u32> = Vec::new();
            while let Some(numbers) = clients.join_next().await {
                told.extend(numbers?);
            }
            all.push(told);
        }
        Ok(all)
    }
}

/// One client. It ends by itself when its server takes no connection any more.
async fn ask(caller: Caller, numbers: Arc<AtomicU32>, stop: Arc<AtomicBool>) -> Vec<u32> {
    let mut told = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let Ok(mut sender) = caller.connect().await else { break };
        while !stop.load(Ordering::Relaxed) {
            let number = numbers.fetch_add(1, Ordering::Relaxed);
            if caller.ask(&mut sender, &body(FAST, false, Some(number))).await.is_err() {
                tokio::time::sleep(Duration::from_millis(10)).await;
                break;
            }
            told.push(number);
        }
    }
    told
}
