//! A canary in a draft: somebody got at a system prompt or a restricted document. It is recorded at once, whatever
//! becomes of the run.

use identity::Cx;
use kernel::event::{Deed, DeedOutcome};
use serde_json::json;

use crate::run::{Run, RunModel};
use crate::{Assistant, Error, Scenario};

impl Assistant {
    /// Records the incident: which scenario and model, never the words.
    pub(crate) async fn record_canary(
        &self,
        cx: &Cx,
        scenario: &Scenario,
        run: &Run,
        model: &RunModel,
    ) -> Result<(), Error> {
        let record = store::Record {
            deed: Deed::CanaryLeaked,
            actor: cx.actor(),
            subject: run.id.to_string(),
            outcome: DeedOutcome::Refused,
            reason: None,
            details: json!({ "scenario": scenario.id, "model": model.id }),
            trace_id: cx.trace().to_owned(),
        };
        cx.store()
            .write::<_, Error, _>(|tx| {
                Box::pin(async move {
                    cx.store().audit().append(tx, record).await?;
                    Ok(())
                })
            })
            .await
    }
}
