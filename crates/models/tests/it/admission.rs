//! Admission over a store: two servers share one queue, places are never given twice, and a dead server loses its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use kernel::time::ManualClock;
use kernel::{Clock, Entropy, Fault as _, Timestamp};
use models::{Gate, OnBehalf, Registry};
use store::{Options, Store};

fn registry(places: u32, wait: u32, more: &str) -> Registry {
    let text = format!(
        "[[model]]\nid='m'\nname='x'\nbackend='extractive'\nlevel='internal'\nconcurrency={places}\n[[route]]\nid='r'\nmodels=['m']\nqueue=1\nwait_secs={wait}\n{more}"
    );
    Registry::parse("models.toml", &text).unwrap()
}

fn on(department: &str, priority: u8) -> OnBehalf {
    OnBehalf { department: department.to_owned(), scenario: "s".to_owned(), priority, ..OnBehalf::default() }
}

async fn open(folder: &std::path::Path) -> (Store, ManualClock) {
    let (clock, hand) = Clock::manual(Timestamp::from_millis(1_795_460_000_000));
    let store = Store::open(Options::folder(folder), models::migrations(), clock, Entropy::system()).await.unwrap();
    (store, hand)
}

async fn enter(gate: &Gate, registry: &Registry, on: &OnBehalf) -> Result<models::admission::Admitted, models::Error> {
    let route = registry.route("r").unwrap();
    gate.enter(registry, route, &registry.of_route(route), on, &|_| {}).await
}

#[tokio::test]
async fn two_servers_never_hold_more_places_than_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path()).await;
    let registry = registry(3, 1, "");
    let gates = [
        Gate::new(Some(store.clone()), store.clock().clone(), "a".to_owned()),
        Gate::new(Some(store.clone()), store.clock().clone(), "b".to_owned()),
    ];
    let first = enter(&gates[0], &registry, &on("x", 1)).await.unwrap();
    let second = enter(&gates[1], &registry, &on("x", 1)).await.unwrap();
    let third = enter(&gates[0], &registry, &on("y", 1)).await.unwrap();
    let full = enter(&gates[1], &registry, &on("y", 1)).await.unwrap_err();
    assert_eq!(full.code(), "models.queue_timeout");
    drop(second);
    let fourth = enter(&gates[1], &registry, &on("y", 1)).await.unwrap();
    let lines = gates[0].lines(&registry).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.running).sum::<u32>(), 3, "{lines:?}");
    drop((first, third, fourth));
    store.close().await;
}

#[tokio::test]
async fn the_ids_of_a_dead_server_expire() {
    let folder = tempfile::tempdir().unwrap();
    let (store, hand) = open(folder.path()).await;
    let registry = registry(1, 1, "");
    let dead = Gate::new(Some(store.clone()), store.clock().clone(), "dead".to_owned());
    let alive = Gate::new(Some(store.clone()), store.clock().clone(), "alive".to_owned());
    std::mem::forget(enter(&dead, &registry, &on("x", 1)).await.unwrap());
    assert_eq!(enter(&alive, &registry, &on("x", 1)).await.unwrap_err().code(), "models.queue_timeout");
    // A heartbeat keeps them.
    hand.advance_secs(20);
    dead.tend(&registry).await.unwrap();
    hand.advance_secs(20);
    assert_eq!(enter(&alive, &registry, &on("x", 1)).await.unwrap_err().code(), "models.queue_timeout");
    hand.advance_secs(11);
    drop(enter(&alive, &registry, &on("x", 1)).await.unwrap());
    store.close().await;
}

#[tokio::test]
async fn a_full_queue_turns_away_at_once_and_a_place_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path()).await;
    let registry = registry(1, 60, "");
    let gate = Gate::new(Some(store.clone()), store.clock().clone(), "a".to_owned());
    let held = enter(&gate, &registry, &on("x", 1)).await.unwrap();
    let told = Arc::new(AtomicU32::new(0));
    let waits = {
        let (gate, registry, told) = (gate.clone(), registry.clone(), Arc::clone(&told));
        tokio::spawn(async move {
            let route = registry.route("r").unwrap().clone();
            let told = |n: u32| told.store(n, Ordering::SeqCst);
            let on = on("x", 1);
            gate.enter(&registry, &route, &registry.of_route(&route), &on, &told).await.map(|place| place.model.clone())
        })
    };
    while told.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(told.load(Ordering::SeqCst), 1);
    let second = {
        let (gate, registry) = (gate.clone(), registry.clone());
        tokio::spawn(async move { enter(&gate, &registry, &on("x", 1)).await.map(drop) })
    };
    while gate.lines(&registry).await.unwrap().iter().map(|line| line.waiting).sum::<u32>() < 2 {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let full = enter(&gate, &registry, &on("x", 1)).await.unwrap_err();
    assert_eq!(full.code(), "models.queue_full");
    drop(held);
    assert_eq!(waits.await.unwrap().unwrap(), "m");
    second.await.unwrap().unwrap();
    store.close().await;
}

#[tokio::test]
async fn what_a_department_is_guaranteed_stays_free_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = open(folder.path()).await;
    let registry = registry(2, 1, "[[quota]]\ndepartment='hotline'\nguarantee=1\ndeserved=1\n");
    let gate = Gate::new(Some(store.clone()), store.clock().clone(), "a".to_owned());
    let other = enter(&gate, &registry, &on("other", 100)).await.unwrap();
    assert_eq!(enter(&gate, &registry, &on("other", 100)).await.unwrap_err().code(), "models.queue_timeout");
    let own = enter(&gate, &registry, &on("hotline", 0)).await.unwrap();
    drop((other, own));
    store.close().await;
}
