//! Reviewing: an answer that waits for a person, and what becomes of it when one decides.
//!
//! What waits keeps the guard profile it started under, so that a changed scenario does not change the rule of a
//! running item.

use guard::{Checked, Draft, Evidence, Profile};
use identity::{Cx, Permit};
use kernel::DataLevel;
use kernel::event::{Deed, DeedOutcome};
use kernel::ids::ReviewId;
use kernel::text::slice;
use review::{Item, NewItem, State};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Tx, sm3_hex};

use crate::flows::answer::show;
use crate::notices::RunNotice;
use crate::release::publish_approved;
use crate::run::{Citation, Run, RunModel, RunRefusal, RunStatus};
use crate::{Assistant, Error, Scenario};

/// What a reviewer decides on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Held {
    /// The guard profile it started under.
    pub profile: Profile,
    /// The draft.
    pub draft: Draft,
    /// The evidence it rests on.
    pub evidence: Vec<Evidence>,
    /// The citations it names.
    pub citations: Vec<Citation>,
    /// The model that drafted.
    pub model: RunModel,
    /// The highest level among the evidence.
    pub level: DataLevel,
    /// What the reader should know about what is cited.
    #[serde(default)]
    pub notices: Vec<RunNotice>,
}

impl Held {
    pub(crate) fn new(
        scenario: &Scenario,
        checked: &Checked,
        citations: Vec<Citation>,
        model: RunModel,
        level: DataLevel,
    ) -> Self {
        Self {
            profile: scenario.guard.clone(),
            draft: checked.draft().clone(),
            evidence: checked.evidence().to_vec(),
            citations,
            model,
            level,
            notices: Vec::new(),
        }
    }

    /// The draft as it was checked; the checks are pure, so they come out the same unless an officer changed rules or
    /// words meanwhile.
    #[must_use]
    pub fn checked(&self) -> Checked {
        guard::check_output(&self.profile, self.draft.clone(), &self.evidence)
    }

    /// A reviewer's own words, checked. A named person answers for what they say, so claims need no full
    /// support; personal data, secrets and length are checked as for every draft.
    #[must_use]
    pub fn checked_edit(&self, answer: &str) -> Checked {
        let profile = signed_profile(&self.profile);
        let draft = Draft {
            model: self.draft.model.clone(),
            segments: models::answer::segments(answer),
            reasoning: None,
            usage: self.draft.usage,
        };
        guard::check_output(&profile, draft, &self.evidence)
    }
}

/// The profile for words that a named person answers for: claims need no full support and none is left out; personal
/// data, secrets and length are checked as for every draft.
pub(crate) fn signed_profile(profile: &Profile) -> Profile {
    let unsupported = guard::Unsupported::Review;
    Profile { require_citations: false, min_supported_percent: 0, unsupported, ..profile.clone() }
}

/// What a reviewer says.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// It may leave as it stands.
    Approve {
        /// Why, when there is something to say.
        reason: Option<String>,
        /// Whether a second person must sign as well.
        second: bool,
    },
    /// It may leave with these words.
    Edit {
        /// The words, with `[n]` marks.
        answer: String,
        /// Why, when there is something to say.
        reason: Option<String>,
        /// Whether a second person must sign as well.
        second: bool,
    },
    /// It may not leave.
    Reject {
        /// Why.
        reason: String,
    },
    /// The asker must say more first.
    Return {
        /// What is missing.
        reason: String,
    },
}

impl Assistant {
    /// Puts an answer before reviewers and ends the asker's request, in one transaction.
    pub(crate) async fn finish_held(
        &self,
        cx: &Cx,
        scenario: &Scenario,
        mut run: Run,
        held: &Held,
        checked: &Checked,
        reason: &str,
    ) -> Result<Run, Error> {
        run.status = RunStatus::InReview;
        run.model = Some(held.model.clone());
        let stored = serde_json::to_string(held).map_err(|source| Error::BadRecord { what: "draft", source })?;
        let details =
            json!({ "status": "in_review", "scenario": scenario.id, "reason": reason, "content_hash": checked.hash() });
        let tx = cx.store().begin().await?;
        let terms = scenario.review.clone();
        let item = NewItem {
            sameness: sm3_hex(run.question.as_bytes()),
            reason: reason.to_owned(),
            ..NewItem::answer(&run.id, scenario.id.clone(), held.level, checked, terms)
        };
        let queued = self.reviews().enqueue(&tx, cx, item).await?;
        run.review_id = Some(queued.item.id);
        crate::runs::save(&tx, &run, Some(stored), cx.now()).await?;
        let record = cx.record(Deed::AskFinished, run.id.to_string(), details);
        cx.store().audit().append(&tx, record).await?;
        let superseded = match &queued.superseded {
            Some(old) => self.end_withdrawn(&tx, cx, old).await?,
            None => None,
        };
        tx.commit().await?;
        self.tell(&run.id);
        if let Some(old) = superseded {
            self.tell(&old.id);
        }
        Ok(run)
    }

    /// Takes a question back while it waits. Only its asker may.
    pub async fn withdraw(&self, cx: &Cx, id: &ReviewId) -> Result<Item, Error> {
        let tx = cx.store().begin().await?;
        let item = self.reviews().withdraw(&tx, cx, id).await?;
        let run = self.end_withdrawn(&tx, cx, &item).await?;
        tx.commit().await?;
        if let Some(run) = run {
            self.tell(&run.id);
        }
        Ok(item)
    }

    /// Puts a question that was sent back before the reviewers again, with a word of its asker. Personal data in it
    /// is replaced as in every question.
    pub async fn resubmit(&self, cx: &Cx, id: &ReviewId, note: Option<&str>) -> Result<Item, Error> {
        let profile = Profile { max_question_chars: review::decide::REASON_CHARS, ..Profile::default() };
        let note = note.map(|text| match guard::screen_input(&profile, text) {
            guard::Screened::Clean(clean) => Ok(clean.text().to_owned()),
            guard::Screened::Refused(_) => Err(Error::BadFeedback("the note cannot be taken as it is")),
        });
        let note = note.transpose()?;
        let tx = cx.store().begin().await?;
        let item = self.reviews().resubmit(&tx, cx, id, note).await?;
        tx.commit().await?;
        if let Some(run) = item.run() {
            self.tell(&run);
        }
        Ok(item)
    }

    /// Ends the run of an item that was withdrawn.
    async fn end_withdrawn(&self, tx: &Tx<'_>, cx: &Cx, item: &Item) -> Result<Option<Run>, Error> {
        let Some(id) = item.run() else { return Ok(None) };
        let (mut run, _) = crate::runs::load(cx.store(), &id).await?;
        run.status = RunStatus::Refused;
        run.refusal = Some(RunRefusal::of(guard::RefusalCode::Withdrawn));
        crate::runs::save(tx, &run, None, cx.now()).await?;
        Ok(Some(run))
    }

    /// What a reviewer looks at: the run, what is held, and its checks.
    pub async fn held(&self, cx: &Cx, item: &Item) -> Result<(Run, Held), Error> {
        let id = item.run().ok_or_else(|| review::Error::NotFound(item.id.clone()))?;
        let (run, row) = crate::runs::load(cx.store(), &id).await?;
        let stored = row.held.unwrap_or_default();
        let mut held: Held =
            serde_json::from_str(&stored).map_err(|source| Error::BadRecord { what: "draft", source })?;
        // What officers set at run time holds for what waits, too.
        if let Some(scenario) = self.scenarios().get(&run.scenario) {
            held.profile.tuning = scenario.guard.tuning.clone();
        }
        Ok((run, held))
    }

    /// Decides on an answer. Release, the run and the record are one transaction: nobody sees a decision without
    /// its effect. `seen` is the hash of what the reviewer looked at. With `teach`, an edit that is released is remembered
    /// in the library of corrections.
    pub async fn decide(
        &self,
        cx: &Cx,
        permit: &Permit,
        id: &ReviewId,
        seen: Option<&str>,
        verdict: Verdict,
        teach: bool,
    ) -> Result<(Item, Run), Error> {
        let (item, _) = self.reviews().get(cx, permit, id).await?;
        let (mut run, held) = self.held(cx, &item).await?;
        let checked = match (&verdict, &item.proposal) {
            (Verdict::Edit { answer, .. }, _) => held.checked_edit(answer),
            // What the first of two wrote, checked as it was then.
            (_, Some(proposal)) if item.state == State::CountersignEdited => held.checked_edit(&proposal.answer),
            _ => held.checked(),
        };
        let (decision, rejected) = match verdict {
            Verdict::Approve { reason, second } => (review::Decision::Approve { reason, second }, None),
            Verdict::Edit { reason, second, .. } => {
                (review::Decision::Edit { checked: &checked, reason, second }, None)
            }
            Verdict::Reject { reason } => (review::Decision::Reject { reason: reason.clone() }, Some(reason)),
            Verdict::Return { reason } => (review::Decision::Return { reason }, None),
        };
        let tx = cx.store().begin().await?;
        let ruling = self.reviews().decide(&tx, cx, permit, id, seen, decision).await?;
        match ruling.approval {
            Some(approval) => {
                let released = publish_approved(checked.clone(), approval)?;
                show(&mut run, &released, cited(&checked, &held));
                if ruling.item.state == State::Edited && teach {
                    self.teach(&tx, cx, &ruling.item, &run, &held, &run.answer).await?;
                }
                run.notices.extend(held.notices.iter().cloned());
            }
            None if ruling.item.state.is_final() => {
                run.status = RunStatus::Rejected;
                let said = RunRefusal::of(guard::RefusalCode::RejectedByReviewer);
                run.refusal = Some(RunRefusal { reason: rejected, ..said });
            }
            None => {
                // Another signature, or a word of the asker, is missing.
                tx.commit().await?;
                self.tell(&run.id);
                return Ok((ruling.item, run));
            }
        }
        crate::runs::save(&tx, &run, None, cx.now()).await?;
        let details = json!({ "status": run.status, "review": id, "content_hash": run.content_hash });
        let record = store::Record {
            deed: Deed::AskFinished,
            actor: cx.actor(),
            subject: run.id.to_string(),
            outcome: if run.status == RunStatus::Released { DeedOutcome::Done } else { DeedOutcome::Refused },
            reason: None,
            details,
            trace_id: cx.trace().to_owned(),
        };
        cx.store().audit().append(&tx, record).await?;
        tx.commit().await?;
        self.tell(&run.id);
        Ok((ruling.item, run))
    }
}

impl Assistant {
    /// Decides on a matter that is not an answer. What its owner lets take effect, it lets take effect by the
    /// approval that [`review::Reviews::approval`] gives afterwards.
    pub async fn decide_matter(
        &self,
        cx: &Cx,
        permit: &Permit,
        id: &ReviewId,
        seen: Option<&str>,
        verdict: Verdict,
    ) -> Result<Item, Error> {
        let decision = match verdict {
            Verdict::Approve { reason, second } => review::Decision::Approve { reason, second },
            Verdict::Edit { .. } => return Err(review::Error::NotEditable.into()),
            Verdict::Reject { reason } => review::Decision::Reject { reason },
            Verdict::Return { reason } => review::Decision::Return { reason },
        };
        let tx = cx.store().begin().await?;
        let ruling = self.reviews().decide(&tx, cx, permit, id, seen, decision).await?;
        match ruling.item.kind {
            review::Kind::Correction => self.settle_correction(&tx, cx, &ruling).await?,
            review::Kind::Refusal => Box::pin(self.settle_refusal(&tx, cx, &ruling)).await?,
            review::Kind::Policy => Box::pin(self.settle_level(&tx, cx, permit, &ruling)).await?,
            review::Kind::Answer | review::Kind::Dataset | review::Kind::Egress | review::Kind::Stage => {}
        }
        tx.commit().await?;
        self.follow_levels(cx.store()).await?;
        Ok(ruling.item)
    }
}

/// The held citations that the released text names; for one the draft did not name, the beginning of its text.
fn cited(checked: &Checked, held: &Held) -> Vec<Citation> {
    let mut named: Vec<u32> = checked.draft().segments.iter().flat_map(|s| s.citations.iter().copied()).collect();
    named.sort_unstable();
    named.dedup();
    named
        .into_iter()
        .filter_map(|n| {
            if let Some(known) = held.citations.iter().find(|c| c.n == n) {
                return Some(known.clone());
            }
            let evidence = held.evidence.iter().find(|e| e.n == n)?;
            let any = held.citations.first()?;
            Some(Citation {
                n,
                article_id: evidence.article_id.clone(),
                version_id: evidence.version_id.clone(),
                document_id: evidence.document_id.clone(),
                document: evidence.document.clone(),
                label: evidence.label.clone(),
                path: evidence.path.clone(),
                quote: slice(
                    &evidence.text,
                    kernel::text::Span { start: 0, end: 120.min(evidence.text.chars().count()) },
                )
                .to_owned(),
                validity: any.validity.clone(),
            })
        })
        .collect()
}
