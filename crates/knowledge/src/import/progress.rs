//! Progress: what a reader finds while it reads, written beside the job a few times a second.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use documents::{Defect, Document, Watch};
use serde::Serialize;
use serde_json::json;
use store::{Bytes, Claimed};
use tokio::sync::watch;
use tokio::time::{Instant, interval_at};

use crate::Result;
use crate::knowledge::{Knowledge, blocking};

/// How often progress is written while there is some; people see four steps a second as movement.
const STEP: Duration = Duration::from_millis(250);

/// Steps without progress after which the lease is renewed all the same.
const QUIET_STEPS: u32 = 80;

/// Defects kept beside a job; the page that shows them shows no more.
const MOST_DEFECTS: usize = 200;

/// How far a reader is.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Progress {
    /// Pages read, and all of them; `None` for formats without pages.
    pub(super) pages: Option<Pages>,
    /// What was found wrong so far.
    pub(super) defects: Vec<Defect>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Pages {
    done: u32,
    total: u32,
}

struct Listener(watch::Sender<Progress>);

impl Watch for Listener {
    fn page(&mut self, done: u32, total: u32) {
        self.0.send_modify(|progress| progress.pages = Some(Pages { done, total }));
    }

    fn is_over(&self) -> bool {
        self.0.is_closed()
    }

    fn defect(&mut self, defect: &Defect) {
        self.0.send_modify(|progress| {
            if progress.defects.len() < MOST_DEFECTS && !progress.defects.contains(defect) {
                progress.defects.push(defect.clone());
            }
        });
    }
}

impl Knowledge {
    /// Reads a document for a job and says how far it is; gives up when the job went to another worker.
    pub(super) async fn read_for(
        &self,
        claimed: &Claimed,
        name: &str,
        bytes: Bytes,
    ) -> Result<(Document, Vec<Defect>, Progress)> {
        let (sender, mut seen) = watch::channel(Progress::default());
        let (read, name) = (Arc::clone(&self.0.read), name.to_owned());
        let mut work = pin!(blocking(move || Ok(read(&name, &bytes, &mut Listener(sender)))));
        let mut steps = interval_at(Instant::now() + STEP, STEP);
        let mut quiet = 0;
        loop {
            tokio::select! {
                done = &mut work => {
                    let (document, defects) = done?;
                    let progress = seen.borrow().clone();
                    return Ok((document, defects, progress));
                }
                _ = steps.tick() => {
                    quiet += 1;
                    if seen.has_changed().unwrap_or(false) || quiet >= QUIET_STEPS {
                        quiet = 0;
                        let progress = seen.borrow_and_update().clone();
                        self.write_progress(claimed, &progress).await?;
                    }
                }
            }
        }
    }

    async fn write_progress(&self, claimed: &Claimed, progress: &Progress) -> Result<()> {
        let share = progress.pages.map_or(0.0, |pages| f64::from(pages.done) / f64::from(pages.total.max(1)));
        // Reading is the first half of the work.
        let done = 0.05 + 0.45 * share.min(1.0);
        Ok(self.0.store.jobs().report(claimed, done, "read", Some(&json!(progress))).await?)
    }
}
