//! A queue on a real store, drafts that were really checked, and people with roles.

use guard::{Checked, Draft, DraftSegment, Evidence, Profile, Usage, check_output};
use identity::{Action, Audience, Cx, Permit, Roles, Scope, Settings, testing};
use kernel::ids::{ArticleId, DocumentId, ReviewId, RunId, ScenarioId, VersionId, VisitorId};
use kernel::time::ManualClock;
use kernel::{Clock, DataLevel, Entropy, Fault, Timestamp};
use review::{Decision, Item, NewItem, Queued, Reviews, Ruling, Terms};
use store::{Options, Store};

pub(crate) const DRAFT: &str = "用人单位应当按时足额支付劳动报酬。";
pub(crate) const ARTICLE: &str = "第三条 用人单位应当按时足额支付劳动报酬。";

pub(crate) struct Platform {
    pub(crate) reviews: Reviews,
    pub(crate) store: Store,
    pub(crate) hand: ManualClock,
    pub(crate) _folder: tempfile::TempDir,
}

impl Platform {
    /// An empty queue on SQLite.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options::folder(folder.path());
        let (clock, hand) = Clock::manual(Timestamp::from_millis(1_795_460_000_000));
        let store = open(options, clock).await;
        Self { reviews: Reviews::new(store.clone()), store, hand, _folder: folder }
    }

    pub(crate) fn person(&self, username: &str, roles: &[&str]) -> Cx {
        testing::person(&self.store, username, roles).unwrap()
    }

    pub(crate) fn reviewer(&self, username: &str) -> Cx {
        self.person(username, &["reviewer"])
    }

    pub(crate) fn visitor(&self) -> Cx {
        let identity = identity::Identity::new(self.store.clone(), Roles::embedded().unwrap(), Settings::default());
        identity.visitor(VisitorId::generate(self.store.ids()))
    }

    /// Puts the standard answer into the queue for `asker`.
    pub(crate) async fn enqueue(&self, asker: &Cx) -> Item {
        self.enqueue_in(asker, "interpretation", DataLevel::Internal, 60).await.unwrap()
    }

    pub(crate) async fn enqueue_in(
        &self,
        asker: &Cx,
        scenario: &str,
        level: DataLevel,
        due_minutes: u32,
    ) -> review::Result<Item> {
        let checked = answer("用人单位应当按时足额支付劳动报酬。");
        self.enqueue_run(asker, RunId::generate(self.store.ids()), scenario, level, due_minutes, &checked).await
    }

    pub(crate) async fn enqueue_run(
        &self,
        asker: &Cx,
        run: RunId,
        scenario: &str,
        level: DataLevel,
        due_minutes: u32,
        checked: &Checked,
    ) -> review::Result<Item> {
        let scenario = ScenarioId::parse(scenario).unwrap();
        let new = NewItem::answer(&run, scenario, level, checked, Terms::within(due_minutes));
        self.put(asker, NewItem { reason: "scenario.sensitive".to_owned(), ..new }).await.map(|queued| queued.item)
    }

    /// Puts something into the queue in a transaction of its own.
    pub(crate) async fn put(&self, asker: &Cx, new: NewItem) -> review::Result<Queued> {
        let tx = self.store.begin().await?;
        let queued = self.reviews.enqueue(&tx, asker, new).await?;
        tx.commit().await?;
        Ok(queued)
    }

    /// An answer of `scenario` under these terms.
    pub(crate) fn under(&self, terms: Terms) -> NewItem {
        let run = RunId::generate(self.store.ids());
        let scenario = ScenarioId::parse("interpretation").unwrap();
        NewItem::answer(&run, scenario, DataLevel::Internal, &answer(DRAFT), terms)
    }

    /// Decides in a transaction of its own.
    pub(crate) async fn decide(&self, cx: &Cx, id: &ReviewId, decision: Decision<'_>) -> review::Result<Ruling> {
        decide(&self.store, &self.reviews, cx, id, decision).await
    }

    /// One step on an item in a transaction of its own, with the permit that a reviewer holds.
    pub(crate) async fn claim(&self, cx: &Cx, id: &ReviewId) -> review::Result<Item> {
        let permit = permit(cx, Action::DecideReviews);
        let tx = self.store.begin().await?;
        let item = self.reviews.claim(&tx, cx, &permit, id).await?;
        tx.commit().await?;
        Ok(item)
    }

    pub(crate) async fn release(&self, cx: &Cx, id: &ReviewId) -> review::Result<Item> {
        let permit = permit(cx, Action::DecideReviews);
        let tx = self.store.begin().await?;
        let item = self.reviews.release(&tx, cx, &permit, id).await?;
        tx.commit().await?;
        Ok(item)
    }

    pub(crate) async fn resubmit(&self, cx: &Cx, id: &ReviewId, note: &str) -> review::Result<Item> {
        let tx = self.store.begin().await?;
        let item = self.reviews.resubmit(&tx, cx, id, Some(note.to_owned())).await?;
        tx.commit().await?;
        Ok(item)
    }

    pub(crate) async fn withdraw(&self, cx: &Cx, id: &ReviewId) -> review::Result<Item> {
        let tx = self.store.begin().await?;
        let item = self.reviews.withdraw(&tx, cx, id).await?;
        tx.commit().await?;
        Ok(item)
    }
}

pub(crate) async fn open(options: Options, clock: Clock) -> Store {
    let mut migrations = identity::migrations();
    migrations.extend(review::migrations());
    Store::open(options, migrations, clock, Entropy::system()).await.unwrap()
}

pub(crate) async fn decide(
    store: &Store,
    reviews: &Reviews,
    cx: &Cx,
    id: &ReviewId,
    decision: Decision<'_>,
) -> review::Result<Ruling> {
    let permit = permit(cx, Action::DecideReviews);
    let tx = store.begin().await?;
    let ruling = reviews.decide(&tx, cx, &permit, id, None, decision).await?;
    tx.commit().await?;
    Ok(ruling)
}

pub(crate) fn permit(cx: &Cx, action: Action) -> Permit {
    cx.permit(action, &Scope::Platform).unwrap()
}

pub(crate) fn scenario(id: &str, level: DataLevel) -> Scope {
    let id = ScenarioId::parse(id).unwrap();
    Scope::Scenario { id, audience: Audience::Internal, roles: Vec::new(), level }
}

/// An answer of one sentence that cites the one article there is, checked like every other.
pub(crate) fn answer(text: &str) -> Checked {
    let evidence = Evidence {
        n: 1,
        article_id: ArticleId::parse("art_3").unwrap(),
        version_id: VersionId::parse("ver_1").unwrap(),
        document_id: DocumentId::parse("doc_1").unwrap(),
        document: "劳动条例".to_owned(),
        label: "第三条".to_owned(),
        path: Vec::new(),
        text: ARTICLE.to_owned(),
        in_force: true,
    };
    let mut segments = Vec::new();
    if !text.is_empty() {
        let (lead, tail) = (String::new(), String::new());
        segments.push(DraftSegment { lead, text: text.to_owned(), tail, quoted: false, citations: vec![1] });
    }
    let draft = Draft { model: "extractive".to_owned(), segments, reasoning: None, usage: Usage::default() };
    check_output(&Profile::default(), draft, &[evidence])
}

pub(crate) fn approve() -> Decision<'static> {
    Decision::Approve { reason: None, second: false }
}

pub(crate) fn reject(reason: &str) -> Decision<'static> {
    Decision::Reject { reason: reason.to_owned() }
}

pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, impl Fault>) -> &'static str {
    result.unwrap_err().code()
}

pub(crate) fn edit(checked: &Checked) -> Decision<'_> {
    Decision::Edit { checked, reason: None, second: false }
}

pub(crate) fn send_back(reason: &str) -> Decision<'static> {
    Decision::Return { reason: reason.to_owned() }
}
