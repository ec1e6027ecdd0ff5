//! Work on items: claims, second signatures, departments and competences, deputies, escalation, exceptions.

use std::collections::BTreeSet;

use identity::{Action, Cx, Identity, NewAccount, NewDepartment, RoleId, Roles, Scope, Settings};
use kernel::ids::{DepartmentId, ScenarioId, UserId};
use kernel::{Actor, DataLevel};
use review::{Decision, Kind, NewItem, Reviews, Shelf, Signatures, State, Terms, Trouble};

use crate::platform::{Platform, answer, approve, code, edit, permit, reject, send_back};

fn two() -> Terms {
    Terms { signatures: Signatures::Two, ..Terms::within(60) }
}

#[tokio::test]
async fn who_takes_an_item_keeps_others_from_it_for_a_while() {
    let platform = Platform::start().await;
    let clerk = platform.person("clerk", &["clerk"]);
    let (an, bo) = (platform.reviewer("an"), platform.reviewer("bo"));
    let item = platform.enqueue(&clerk).await;
    let claimed = platform.claim(&an, &item.id).await.unwrap();
    assert_eq!(claimed.holder(an.now()), an.user_id());
    assert_eq!(code(platform.claim(&bo, &item.id).await), "review.claimed");
    assert_eq!(code(platform.decide(&bo, &item.id, approve()).await), "review.claimed");
    assert_eq!(code(platform.release(&bo, &item.id).await), "review.claimed");
    let standing = platform.reviews.standing(&item.run().unwrap()).await.unwrap().unwrap();
    assert!(standing.claimed && standing.position == Some(1));
    // Put back, or forgotten for half an hour: others may.
    platform.release(&an, &item.id).await.unwrap();
    platform.claim(&bo, &item.id).await.unwrap();
    platform.hand.advance_secs(30 * 60);
    let ruling = platform.decide(&an, &item.id, approve()).await.unwrap();
    assert_eq!((ruling.item.state, ruling.item.claim), (State::Approved, None));
    assert_eq!(code(platform.claim(&bo, &item.id).await), "review.already_decided");
    let own = platform.enqueue(&an).await;
    assert_eq!(code(platform.claim(&an, &own.id).await), "review.own_question");
}

#[tokio::test]
async fn two_different_people_sign_where_the_rule_asks_for_two() {
    let platform = Platform::start().await;
    let clerk = platform.person("clerk", &["clerk"]);
    let (an, bo) = (platform.reviewer("an"), platform.reviewer("bo"));
    let item = platform.put(&clerk, platform.under(two())).await.unwrap().item;
    let half = platform.decide(&an, &item.id, approve()).await.unwrap();
    assert_eq!((half.item.state, half.approval.is_none()), (State::Countersign, true));
    assert_eq!(code(platform.decide(&an, &item.id, approve()).await), "review.second_signer");
    let whole = platform.decide(&bo, &item.id, approve()).await.unwrap();
    let approval = whole.approval.unwrap();
    assert_eq!(
        (whole.item.state, approval.by(), approval.first()),
        (State::Approved, bo.user_id().unwrap(), an.user_id())
    );
    assert!(approval.admits_hash(&item.content_hash));
}

#[tokio::test]
async fn other_words_need_every_signature_anew() {
    let platform = Platform::start().await;
    let clerk = platform.person("clerk", &["clerk"]);
    let (an, bo, chen) = (platform.reviewer("an"), platform.reviewer("bo"), platform.reviewer("chen"));
    let (first, second) = (answer("用人单位应当按时支付劳动报酬。"), answer("用人单位应当足额支付劳动报酬。"));
    let item = platform.put(&clerk, platform.under(two())).await.unwrap().item;
    let _ = platform.decide(&an, &item.id, edit(&first)).await.unwrap();
    let half = platform.decide(&bo, &item.id, edit(&second)).await.unwrap();
    assert_eq!((half.item.state, half.approval.is_none()), (State::CountersignEdited, true));
    assert_eq!(half.item.standing_hash(), second.hash());
    // Whose words stand now is the one who may not sign them a second time.
    assert_eq!(code(platform.decide(&bo, &item.id, approve()).await), "review.second_signer");
    let decide = permit(&chen, Action::DecideReviews);
    let tx = platform.store.begin().await.unwrap();
    let other = platform.reviews.decide(&tx, &chen, &decide, &item.id, Some(first.hash()), approve()).await;
    assert_eq!(code(other), "review.other_draft");
    tx.rollback().await;
    let approval = platform.decide(&an, &item.id, approve()).await.unwrap().approval.unwrap();
    assert!(approval.admits(&second) && !approval.admits(&first) && approval.is_edited());
    let (_, past) = platform.reviews.get(&chen, &permit(&chen, Action::ReadReviews), &item.id).await.unwrap();
    let words: Vec<_> = past.iter().filter_map(|step| step.answer.as_deref()).collect();
    assert_eq!(words, ["用人单位应当按时支付劳动报酬。[1]", "用人单位应当足额支付劳动报酬。[1]"]);
}

#[tokio::test]
async fn a_reviewer_asks_for_a_second_signature_where_the_rule_does_not() {
    let platform = Platform::start().await;
    let clerk = platform.person("clerk", &["clerk"]);
    let (an, bo) = (platform.reviewer("an"), platform.reviewer("bo"));
    let item = platform.enqueue(&clerk).await;
    let half = platform.decide(&an, &item.id, Decision::Approve { reason: None, second: true }).await.unwrap();
    assert_eq!((half.item.state, half.item.needed), (State::Countersign, Signatures::Two));
    assert!(platform.decide(&bo, &item.id, reject("口径不一")).await.unwrap().approval.is_none());
}

#[tokio::test]
async fn what_is_sent_back_comes_again_with_a_word_of_its_asker() {
    let platform = Platform::start().await;
    let (clerk, an) = (platform.person("clerk", &["clerk"]), platform.reviewer("an"));
    let item = platform.enqueue(&clerk).await;
    assert_eq!(code(platform.decide(&an, &item.id, send_back(" ")).await), "review.reason_required");
    let back = platform.decide(&an, &item.id, send_back("请说明用工形式")).await.unwrap();
    assert_eq!((back.item.state, back.approval.is_none()), (State::Returned, true));
    let standing = platform.reviews.standing(&item.run().unwrap()).await.unwrap().unwrap();
    assert_eq!((standing.position, standing.reason.as_deref()), (None, Some("请说明用工形式")));
    assert_eq!(code(platform.decide(&an, &item.id, approve()).await), "review.not_now");
    assert_eq!(code(platform.resubmit(&an, &item.id, "全日制").await), "review.not_the_asker");
    platform.hand.advance_secs(3600);
    let again = platform.resubmit(&clerk, &item.id, "全日制").await.unwrap();
    assert_eq!((again.state, again.due_at), (State::Pending, clerk.now().plus_secs(3600)));
    assert!(platform.decide(&an, &item.id, approve()).await.unwrap().approval.is_some());
}

#[tokio::test]
async fn asking_the_same_again_takes_the_place_of_the_first_request() {
    let platform = Platform::start().await;
    let (clerk, an) = (platform.person("clerk", &["clerk"]), platform.reviewer("an"));
    let same = || NewItem { sameness: "question".to_owned(), ..platform.under(Terms::within(60)) };
    let first = platform.put(&clerk, same()).await.unwrap().item;
    platform.hand.advance_secs(600);
    let queued = platform.put(&clerk, same()).await.unwrap();
    assert_eq!(queued.superseded.map(|old| (old.id, old.state)), Some((first.id.clone(), State::Withdrawn)));
    assert_eq!(queued.item.due_at, first.due_at);
    assert_eq!(code(platform.decide(&an, &first.id, approve()).await), "review.already_decided");
    // Another asker's request is another request.
    let other = platform.put(&platform.person("other", &["clerk"]), same()).await.unwrap();
    assert_eq!(other.superseded, None);
}

#[tokio::test]
async fn matters_of_any_kind_are_decided_by_their_hash() {
    let platform = Platform::start().await;
    let (steward, an) = (platform.person("steward", &["steward"]), platform.reviewer("an"));
    let matter = |hash: &str| {
        NewItem::matter(Kind::Dataset, "dataset:1", hash.to_owned(), "人口库样本".to_owned(), Terms::within(60))
    };
    let item = platform.put(&steward, matter("aa")).await.unwrap().item;
    assert_eq!(code(platform.put(&steward, matter("bb")).await), "review.already_queued");
    assert_eq!(code(platform.decide(&an, &item.id, edit(&answer("字"))).await), "review.not_editable");
    let approval = platform.decide(&an, &item.id, approve()).await.unwrap().approval.unwrap();
    assert!(approval.admits_hash("aa") && !approval.admits_hash("bb"));
    assert!(
        !approval.admits(&answer("用人单位应当按时足额支付劳动报酬。")),
        "an approval of a dataset releases no answer"
    );
    let later = platform.reviews.approval(platform.store.db(), Kind::Dataset, "dataset:1").await.unwrap();
    assert_eq!(later, Some(approval));
    // Decided once, it may be put in again with other content; until that is approved there is no approval.
    let again = platform.put(&steward, matter("bb")).await.unwrap().item;
    assert_eq!(again.state, State::Pending);
    assert_eq!(platform.reviews.approval(platform.store.db(), Kind::Dataset, "dataset:1").await.unwrap(), None);
}

/// A queue that knows the people of a small agency: two reviewers of different departments, one of them competent.
struct Agency {
    platform: Platform,
    reviews: Reviews,
    system: Cx,
}

impl Agency {
    async fn start() -> Self {
        let platform = Platform::start().await;
        let identity = Identity::new(platform.store.clone(), Roles::embedded().unwrap(), Settings::default());
        let system = Cx::system(&platform.store, "test").await.unwrap();
        let manage = system.permit(Action::ManageAccounts, &Scope::Platform).unwrap();
        let grant = system.permit(Action::GrantRoles, &Scope::Platform).unwrap();
        for (id, parent) in [("agency", None), ("labour", Some("agency")), ("housing", Some("agency"))] {
            let new = NewDepartment {
                id: DepartmentId::parse(id).unwrap(),
                name: id.to_owned(),
                parent: parent.map(|id| DepartmentId::parse(id).unwrap()),
                region: Some(kernel::Region::country()),
            };
            identity.create_department(&system, &manage, &new).await.unwrap();
        }
        for (name, department) in [("an", "labour"), ("bo", "housing")] {
            let department = DepartmentId::parse(department).unwrap();
            let new = NewAccount { username: name.to_owned(), name: name.to_owned(), department };
            let (account, _) = identity.create_account(&system, &manage, &new).await.unwrap();
            let role = BTreeSet::from([RoleId::parse("reviewer").unwrap()]);
            identity.set_roles(&system, &grant, &account.id, &role).await.unwrap();
        }
        let reviews = Reviews::new(platform.store.clone()).with_people(identity);
        Self { platform, reviews, system }
    }

    /// The account of this name, as a reviewer of its department.
    async fn reviewer(&self, name: &str, department: &str) -> Cx {
        let identity = Identity::new(self.platform.store.clone(), Roles::embedded().unwrap(), Settings::default());
        let read = self.system.permit(Action::ReadAccounts, &Scope::Platform).unwrap();
        let id = identity.account_named(&self.system, &read, name).await.unwrap().id;
        let name = id.as_str().strip_prefix("usr_").unwrap().to_owned();
        identity::testing::person_in(&self.platform.store, &name, &["reviewer"], &["agency", department], "510100")
            .unwrap()
    }

    async fn put(&self, terms: Terms) -> review::Item {
        let clerk = self.platform.person("clerk", &["clerk"]);
        self.platform.put(&clerk, self.platform.under(terms)).await.unwrap().item
    }

    async fn decide(&self, cx: &Cx, item: &review::Item) -> &'static str {
        let permit = permit(cx, Action::DecideReviews);
        let tx = self.platform.store.begin().await.unwrap();
        let said = self.reviews.decide(&tx, cx, &permit, &item.id, None, approve()).await;
        tx.rollback().await;
        said.map_or_else(|error| kernel::Fault::code(&error), |_| "ok")
    }

    async fn tend(&self) -> review::Tended {
        self.reviews.tend(&self.system, &|scenario: &ScenarioId| scenario.as_str() == "interpretation").await.unwrap()
    }

    async fn tasks(&self, cx: &Cx, shelf: Shelf) -> Vec<kernel::ids::ReviewId> {
        let page = self.reviews.list(cx, &permit(cx, Action::ReadReviews), shelf, None, 100).await.unwrap();
        page.items.into_iter().map(|item| item.id).collect()
    }
}

fn labour() -> Terms {
    Terms {
        department: Some(DepartmentId::parse("labour").unwrap()),
        competence: Some("wages".to_owned()),
        ..Terms::within(60)
    }
}

#[tokio::test]
async fn an_item_goes_to_its_department_and_competence_and_to_nobody_else() {
    let agency = Agency::start().await;
    let (an, bo) = (agency.reviewer("an", "labour").await, agency.reviewer("bo", "housing").await);
    let item = agency.put(labour()).await;
    // The department alone is not enough.
    assert_eq!(agency.decide(&an, &item).await, "review.not_assigned");
    assert_eq!(agency.tend().await.troubled, 1);
    assert_eq!(agency.tasks(&an, Shelf::Exceptions).await, vec![item.id.clone()]);

    let lead = agency.platform.person("lead", &["review_lead"]);
    let assign = permit(&lead, Action::AssignReviews);
    let wages = BTreeSet::from(["wages".to_owned()]);
    let own = agency.reviews.set_competences(&lead, &assign, lead.user_id().unwrap(), wages.clone()).await;
    assert_eq!(code(own), "review.bad_profile");
    agency.reviews.set_competences(&lead, &assign, an.user_id().unwrap(), wages).await.unwrap();
    assert_eq!(agency.decide(&an, &item).await, "ok");
    assert_eq!(agency.decide(&bo, &item).await, "review.not_assigned");
    assert_eq!(
        (agency.tasks(&an, Shelf::Tasks).await, agency.tasks(&bo, Shelf::Tasks).await),
        (vec![item.id.clone()], vec![])
    );
    // Somebody can decide now: it leaves the exceptions by itself.
    assert_eq!(agency.tend().await.troubled, 1);
    assert!(agency.tasks(&an, Shelf::Exceptions).await.is_empty());

    // The lead sends it another way; its terms stay what they were.
    let tx = agency.platform.store.begin().await.unwrap();
    let housing = DepartmentId::parse("housing").unwrap();
    let sent = agency.reviews.assign(&tx, &lead, &assign, &item.id, Some(housing), None).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(sent.terms, labour());
    assert_eq!((agency.decide(&an, &item).await, agency.decide(&bo, &item).await), ("review.not_assigned", "ok"));
}

#[tokio::test]
async fn a_deputy_decides_while_the_reviewer_is_away() {
    let agency = Agency::start().await;
    let (an, bo) = (agency.reviewer("an", "labour").await, agency.reviewer("bo", "housing").await);
    let item = agency.put(Terms { competence: None, ..labour() }).await;
    assert_eq!(agency.decide(&bo, &item).await, "review.not_assigned");
    let (from, until) = (an.now(), an.now().plus_secs(3 * 86_400));
    let away = permit(&an, Action::DecideReviews);
    let set = |deputy: &UserId| agency.reviews.set_absence(&an, &away, Some(deputy.clone()), Some((from, Some(until))));
    assert_eq!(code(set(an.user_id().unwrap()).await), "review.bad_profile");
    set(bo.user_id().unwrap()).await.unwrap();
    assert_eq!(agency.decide(&bo, &item).await, "ok");
    assert_eq!(agency.tasks(&bo, Shelf::Tasks).await, vec![item.id.clone()]);
    agency.platform.hand.advance_secs(3 * 86_400);
    assert_eq!(agency.decide(&bo, &item).await, "review.not_assigned");
}

#[tokio::test]
async fn a_deadline_that_passes_opens_the_item_to_more_people_and_then_to_the_exceptions() {
    let agency = Agency::start().await;
    let (an, bo) = (agency.reviewer("an", "labour").await, agency.reviewer("bo", "housing").await);
    let item = agency.put(Terms { competence: None, ..labour() }).await;
    let tx = agency.platform.store.begin().await.unwrap();
    agency.reviews.claim(&tx, &an, &permit(&an, Action::DecideReviews), &item.id).await.unwrap();
    tx.commit().await.unwrap();
    agency.platform.hand.advance_secs(3601);
    let done = agency.tend().await;
    assert_eq!((done.released, done.escalated, done.troubled), (1, 1, 0));
    assert_eq!(agency.tend().await, review::Tended::default());
    assert_eq!(agency.decide(&bo, &item).await, "ok");
    agency.platform.hand.advance_secs(3600);
    assert_eq!(agency.tend().await.troubled, 1);
    let read = permit(&an, Action::ReadReviews);
    let (item, past) = agency.reviews.get(&an, &read, &item.id).await.unwrap();
    assert_eq!(item.trouble, Some(Trouble::LongOverdue));
    let steps: Vec<_> = past.iter().map(|step| step.action.as_str()).collect();
    assert_eq!(steps, ["requested", "claim", "release", "escalate"]);
    assert!(matches!(past[3].by, Actor::System { .. }));
}

#[tokio::test]
async fn what_nobody_can_decide_and_what_has_lost_its_rule_are_exceptions() {
    let agency = Agency::start().await;
    let an = agency.reviewer("an", "labour").await;
    let ghost =
        agency.put(Terms { department: Some(DepartmentId::parse("ghost").unwrap()), ..Terms::within(60) }).await;
    let clerk = agency.platform.person("clerk", &["clerk"]);
    let gone =
        NewItem { scenario: Some(ScenarioId::parse("gone").unwrap()), ..agency.platform.under(Terms::within(60)) };
    let gone = agency.platform.put(&clerk, gone).await.unwrap().item;
    let fine = agency.put(Terms::within(60)).await;
    assert_eq!(agency.tend().await.troubled, 2);
    let read = permit(&an, Action::ReadReviews);
    for (item, wanted) in [(&ghost, Some(Trouble::NoReviewer)), (&gone, Some(Trouble::PolicyMissing)), (&fine, None)] {
        assert_eq!(agency.reviews.get(&an, &read, &item.id).await.unwrap().0.trouble, wanted);
    }
    assert_eq!(agency.reviews.counts(&an, &read).await.unwrap().exceptions, 2);
    // What one of two asked and the other signed first has nobody left.
    let asked = agency.platform.put(&an, agency.platform.under(two())).await.unwrap().item;
    let bo = agency.reviewer("bo", "housing").await;
    let tx = agency.platform.store.begin().await.unwrap();
    let decide = permit(&bo, Action::DecideReviews);
    let half = agency.reviews.decide(&tx, &bo, &decide, &asked.id, None, approve()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(half.item.state, State::Countersign);
    assert_eq!(agency.tend().await.troubled, 1);
    assert_eq!(agency.reviews.get(&bo, &read_of(&bo), &asked.id).await.unwrap().0.trouble, Some(Trouble::NoReviewer));
}

fn read_of(cx: &Cx) -> identity::Permit {
    permit(cx, Action::ReadReviews)
}

#[tokio::test]
async fn a_running_item_keeps_the_level_and_the_rule_it_started_under() {
    let platform = Platform::start().await;
    let (clerk, an) = (platform.person("clerk", &["clerk"]), platform.reviewer("an"));
    let item = platform.put(&clerk, platform.under(two())).await.unwrap().item;
    // A later item of the same scenario under another rule does not change the first.
    platform.put(&clerk, platform.under(Terms::within(5))).await.unwrap();
    let half = platform.decide(&an, &item.id, approve()).await.unwrap();
    assert_eq!((half.item.state, half.item.terms, half.item.level), (State::Countersign, two(), DataLevel::Internal));
}
