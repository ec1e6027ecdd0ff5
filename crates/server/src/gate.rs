//! The gate before questions: so many are worked on at once, some wait, the least important leave first. At overload
//! the important scenarios keep being served, and turning the others away costs next to nothing.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::limits::Overload;

/// What came of waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Enter,
    Leave,
}

/// The most important first; among equals the one that came first.
type Place = (Reverse<u8>, u64);

#[derive(Debug, Default)]
struct Queue {
    running: usize,
    next: u64,
    waiting: BTreeMap<Place, oneshot::Sender<Word>>,
    turned_away: u64,
}

/// The gate. A clone is the same gate.
#[derive(Debug, Clone)]
pub struct Gate {
    queue: Arc<Mutex<Queue>>,
    most_running: usize,
    most_waiting: usize,
    patience: Duration,
}

/// Somebody inside; dropped, the next one enters.
#[derive(Debug)]
pub struct Inside {
    gate: Gate,
}

/// Nobody enters now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many questions at once")]
pub struct Full;

impl Gate {
    /// A gate with these bounds.
    #[must_use]
    pub fn new(bounds: &Overload) -> Self {
        let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let most_running = if bounds.running == 0 { processors * 4 } else { bounds.running };
        Self {
            queue: Arc::default(),
            most_running,
            most_waiting: bounds.waiting,
            patience: Duration::from_millis(bounds.wait_millis),
        }
    }

    /// Enters, at once or after waiting; or is turned away, at once when those who wait are all more important.
    pub async fn enter(&self, priority: u8) -> Result<Inside, Full> {
        let (place, word) = {
            let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            if queue.running < self.most_running && queue.waiting.is_empty() {
                queue.running += 1;
                return Ok(Inside { gate: self.clone() });
            }
            let place = (Reverse(priority), queue.next);
            queue.next += 1;
            if queue.waiting.len() >= self.most_waiting {
                match queue.waiting.last_key_value() {
                    Some((last, _)) if *last > place => {
                        if let Some((_, least)) = queue.waiting.pop_last() {
                            // Whoever went away meanwhile needs no word.
                            let _gone = least.send(Word::Leave);
                        }
                    }
                    Some(_) | None => {
                        queue.turned_away += 1;
                        return Err(Full);
                    }
                }
                queue.turned_away += 1;
            }
            let (sender, word) = oneshot::channel();
            queue.waiting.insert(place, sender);
            (place, word)
        };
        let mut waiting = Waiting { gate: self, place, word, over: false };
        let Ok(said) = tokio::time::timeout(self.patience, &mut waiting.word).await else { return Err(Full) };
        waiting.over = true;
        match said {
            Ok(Word::Enter) => Ok(Inside { gate: self.clone() }),
            Ok(Word::Leave) | Err(_) => Err(Full),
        }
    }

    /// How many are worked on, how many wait, and how many were turned away.
    #[must_use]
    pub fn standing(&self) -> (usize, usize, u64) {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        (queue.running, queue.waiting.len(), queue.turned_away)
    }

    /// Gives a place inside on to the next who still waits for it.
    fn leave(&self) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((_, next)) = queue.waiting.pop_first() {
            if next.send(Word::Enter).is_ok() {
                return;
            }
        }
        queue.running = queue.running.saturating_sub(1);
    }
}

/// Somebody who waits; who goes away, or has no patience any more, leaves the queue.
struct Waiting<'g> {
    gate: &'g Gate,
    place: Place,
    word: oneshot::Receiver<Word>,
    over: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let mut queue = self.gate.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.waiting.remove(&self.place).is_some() {
            queue.turned_away += 1;
            return;
        }
        drop(queue);
        // The word to enter was on its way when patience ended: the place goes on to the next.
        if self.word.try_recv() == Ok(Word::Enter) {
            self.gate.leave();
        }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.gate.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::{Full, Gate};
    use crate::limits::Overload;

    fn gate(running: usize, waiting: usize, wait_millis: u64) -> Gate {
        Gate::new(&Overload { running, waiting, wait_millis })
    }

    async fn settle() {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn the_important_enter_first_and_the_least_important_leave() {
        let gate = gate(1, 2, 60_000);
        let inside = gate.enter(50).await.unwrap();
        let wait = |priority: u8| {
            let gate = gate.clone();
            Box::pin(async move { (priority, gate.enter(priority).await.map(drop)) })
        };
        let mut all = tokio::task::JoinSet::new();
        for priority in [10, 60, 90, 5] {
            all.spawn(wait(priority));
            settle().await;
        }
        assert_eq!(gate.standing().1, 2);
        drop(inside);
        let mut ended = Vec::new();
        while let Some(one) = all.join_next().await {
            ended.push(one.unwrap());
        }
        ended.sort_by_key(|(priority, _)| *priority);
        assert_eq!(ended, [(5, Err(Full)), (10, Err(Full)), (60, Ok(())), (90, Ok(()))]);
        assert_eq!(gate.standing(), (0, 0, 2));
    }

    #[tokio::test]
    async fn nobody_waits_longer_than_patience_and_nothing_is_lost() {
        let gate = gate(1, 8, 1);
        let inside = gate.enter(50).await.unwrap();
        assert_eq!(gate.enter(99).await.unwrap_err(), Full);
        assert_eq!(gate.standing(), (1, 0, 1));
        // Somebody who goes away while waiting leaves no gap.
        let waiting = {
            let gate = gate.clone();
            let mut set = tokio::task::JoinSet::new();
            set.spawn(async move { gate.enter(50).await.map(drop) });
            settle().await;
            set
        };
        drop(waiting);
        settle().await;
        drop(inside);
        assert_eq!(gate.standing().0, 0);
        drop(gate.enter(1).await.unwrap());
        assert_eq!(gate.standing().0, 0);
    }
}
