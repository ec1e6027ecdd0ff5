//! Who may decide, what a decision makes, and what it leaves in the record.

use expect_test::expect;
use identity::{Action, Scope};
use kernel::DataLevel;
use kernel::ids::ReviewId;
use review::{Decision, State};
use store::AuditFilter;

use crate::platform::{Platform, answer, approve, code, edit, permit, reject, scenario};

#[tokio::test]
async fn an_approval_admits_the_answer_that_was_seen_and_no_other() {
    let platform = Platform::start().await;
    let (clerk, reviewer) = (platform.person("clerk", &["clerk"]), platform.reviewer("reviewer"));
    let item = platform.enqueue(&clerk).await;
    platform.hand.advance_secs(60);
    let ruling = platform.decide(&reviewer, &item.id, approve()).await.unwrap();
    assert_eq!(ruling.item.state, State::Approved);
    let approval = ruling.approval.unwrap();
    assert_eq!(approval.by(), reviewer.user_id().unwrap());
    assert_eq!((approval.run(), approval.review()), (item.run(), &item.id));
    assert_eq!(approval.at().millis_since(item.asked_at), 60_000);
    assert_eq!(approval.seen_hash(), item.content_hash);
    assert!(!approval.is_edited());
    assert!(approval.admits(&answer("用人单位应当按时足额支付劳动报酬。")));
    assert!(!approval.admits(&answer("用人单位应当按时支付劳动报酬。")));
}

#[tokio::test]
async fn an_edited_answer_is_released_only_as_it_was_checked() {
    let platform = Platform::start().await;
    let (clerk, reviewer) = (platform.person("clerk", &["clerk"]), platform.reviewer("reviewer"));
    let item = platform.enqueue(&clerk).await;
    let edited = answer("用人单位应当按时支付劳动报酬。");
    let decision = Decision::Edit { checked: &edited, reason: Some("  更简短 ".to_owned()), second: false };
    let ruling = platform.decide(&reviewer, &item.id, decision).await.unwrap();
    let approval = ruling.approval.unwrap();
    assert!(approval.is_edited());
    assert!(approval.admits(&edited));
    assert!(!approval.admits(&answer("用人单位应当按时足额支付劳动报酬。")), "the draft itself was not approved");
    assert_eq!(approval.seen_hash(), item.content_hash);
    let decided = ruling.item.decided.unwrap();
    assert_eq!(decided.answer.as_deref(), Some("用人单位应当按时支付劳动报酬。[1]"));
    assert_eq!(decided.reason.as_deref(), Some("更简短"));
    assert_eq!(decided.release_hash.as_deref(), Some(edited.hash()));
}

#[tokio::test]
async fn fields_of_a_decision_are_looked_at() {
    let platform = Platform::start().await;
    let (clerk, reviewer) = (platform.person("clerk", &["clerk"]), platform.reviewer("reviewer"));
    let item = platform.enqueue(&clerk).await;
    let decide = async |decision: Decision<'_>| code(platform.decide(&reviewer, &item.id, decision).await);

    assert_eq!(decide(reject("")).await, "review.reason_required");
    assert_eq!(decide(reject(" \n ")).await, "review.reason_required");
    assert_eq!(decide(reject(&"长".repeat(2001))).await, "review.too_long");
    assert_eq!(decide(edit(&answer(""))).await, "review.answer_required");
    assert_eq!(decide(edit(&answer(&"字".repeat(20_001)))).await, "review.too_long");
    // Whoever edits does not get around the checks: an identity number is a leak here too.
    let leak = answer("请联系11010519491231002X。");
    let error = platform.decide(&reviewer, &item.id, edit(&leak)).await.unwrap_err();
    expect!["the edited answer fails claims.supported, leak.personal_data, output.risk"].assert_eq(&error.to_string());

    // Nothing of that has touched the item.
    let standing = platform.reviews.standing(&item.run().unwrap()).await.unwrap().unwrap();
    assert_eq!((standing.state, standing.position), (State::Pending, Some(1)));
    let ruling = platform.decide(&reviewer, &item.id, reject("与来文不符")).await.unwrap();
    assert!(ruling.approval.is_none());
    assert_eq!(ruling.item.state, State::Rejected);
}

#[tokio::test]
async fn nobody_decides_on_the_own_question() {
    let platform = Platform::start().await;
    let asker = platform.reviewer("asker");
    let item = platform.enqueue(&asker).await;
    for decision in [approve(), reject("不对")] {
        assert_eq!(code(platform.decide(&asker, &item.id, decision).await), "review.own_question");
    }
    let why = platform.reviews.why_not(&asker, &permit(&asker, Action::DecideReviews), &item).await;
    assert_eq!(code(why.map_or(Ok(()), Err)), "review.own_question");
    // The same account in another session and with another role is still the asker.
    let again = platform.person("asker", &["clerk", "reviewer"]);
    assert_eq!(code(platform.decide(&again, &item.id, approve()).await), "review.own_question");

    let other = platform.reviewer("other");
    assert!(platform.reviews.why_not(&other, &permit(&other, Action::DecideReviews), &item).await.is_none());
    assert!(platform.decide(&other, &item.id, approve()).await.unwrap().approval.is_some());
}

#[tokio::test]
async fn a_decision_is_a_persons() {
    let platform = Platform::start().await;
    let visitor = platform.visitor();
    let item = platform.enqueue(&visitor).await;
    let system = identity::Cx::system(&platform.store, "test").await.unwrap();
    assert_eq!(code(platform.decide(&system, &item.id, approve()).await), "review.person_required");
    assert_eq!(code(visitor.permit(Action::DecideReviews, &Scope::Platform)), "identity.login_required");
}

#[tokio::test]
async fn permission_comes_before_everything_else() {
    let platform = Platform::start().await;
    let (clerk, reviewer) = (platform.person("clerk", &["clerk"]), platform.reviewer("reviewer"));
    let item = platform.enqueue(&clerk).await;
    let _ = platform.decide(&reviewer, &item.id, approve()).await.unwrap();
    let tx = platform.store.begin().await.unwrap();
    let ghost = ReviewId::parse("rev_ghost").unwrap();

    // A permit for something else, of somebody else, for another scenario or too low a level: the answer is the
    // same for an item that is there, decided, and one that is not.
    let read = permit(&reviewer, Action::ReadReviews);
    let other = reviewer.permit(Action::DecideReviews, &scenario("consultation", DataLevel::Sensitive)).unwrap();
    let low = reviewer.permit(Action::DecideReviews, &scenario("interpretation", DataLevel::Public)).unwrap();
    let foreign = permit(&platform.reviewer("somebody"), Action::DecideReviews);
    for (permit, wanted) in [
        (&read, "identity.wrong_permit"),
        (&foreign, "identity.wrong_permit"),
        (&other, "review.not_found"),
        (&low, "review.not_found"),
    ] {
        for id in [&item.id, &ghost] {
            let result = platform.reviews.decide(&tx, &reviewer, permit, id, None, approve()).await;
            assert_eq!(code(result), wanted);
        }
    }
}

#[tokio::test]
async fn a_draft_that_was_not_seen_is_not_signed() {
    let platform = Platform::start().await;
    let (clerk, reviewer) = (platform.person("clerk", &["clerk"]), platform.reviewer("reviewer"));
    let item = platform.enqueue(&clerk).await;
    let permit = permit(&reviewer, Action::DecideReviews);
    let tx = platform.store.begin().await.unwrap();
    let reviews = &platform.reviews;
    let other = Some("0000");
    assert_eq!(code(reviews.decide(&tx, &reviewer, &permit, &item.id, other, approve()).await), "review.other_draft");
    let seen = Some(item.content_hash.as_str());
    assert!(reviews.decide(&tx, &reviewer, &permit, &item.id, seen, approve()).await.unwrap().approval.is_some());
}

#[tokio::test]
async fn a_decision_and_its_record_are_kept_together_or_not_at_all() {
    let platform = Platform::start().await;
    let (clerk, reviewer) = (platform.person("clerk", &["clerk"]), platform.reviewer("reviewer"));
    let item = platform.enqueue(&clerk).await;
    let recorded = async || {
        let page = platform.store.audit().page(None, 100, &AuditFilter::default()).await.unwrap();
        page.into_iter().rev().map(|entry| (entry.deed, entry.details)).collect::<Vec<_>>()
    };
    let changes = async || platform.store.changes().after(review::TOPIC, 0, 100).await.unwrap().len();
    assert_eq!((recorded().await.len(), changes().await), (1, 1));

    let tx = platform.store.begin().await.unwrap();
    let decide = permit(&reviewer, Action::DecideReviews);
    let ruling = platform.reviews.decide(&tx, &reviewer, &decide, &item.id, None, approve()).await.unwrap();
    assert_eq!(ruling.item.state, State::Approved);
    tx.rollback().await;
    assert_eq!((recorded().await.len(), changes().await), (1, 1));
    let standing = platform.reviews.standing(&item.run().unwrap()).await.unwrap().unwrap();
    assert_eq!(standing.state, State::Pending);

    let _ = platform.decide(&reviewer, &item.id, reject("与来文不符")).await.unwrap();
    let mut text = String::new();
    for (deed, details) in recorded().await {
        let details = details.to_string().replace(item.subject.as_str(), "RUN");
        text += &format!("{deed} {}\n", details.replace(&item.content_hash, "HASH"));
    }
    expect![[r#"
        review.requested {"content":"HASH","due_at":"2026-11-24T03:53:20.000+08:00","failed_checks":[],"kind":"answer","reason":"scenario.sensitive","scenario":"interpretation","subject":"RUN","terms":{"claim_minutes":30,"competence":null,"department":null,"escalate_to":null,"minutes":60,"signatures":1}}
        review.decided {"decision":"reject","kind":"answer","release":null,"scenario":"interpretation","seen":"HASH","signatures":1,"subject":"RUN"}
    "#]].assert_eq(&text);
    assert_eq!(changes().await, 2);
    assert!(platform.store.audit().verify().await.unwrap().ok);

    let (_, past) = platform.reviews.get(&reviewer, &permit(&reviewer, Action::ReadReviews), &item.id).await.unwrap();
    let steps: Vec<(String, String)> = past.into_iter().map(|step| (step.by.label(), step.action)).collect();
    let wanted = [("user:usr_clerk", "requested"), ("user:usr_reviewer", "reject")];
    assert_eq!(steps, wanted.map(|(by, action)| (by.to_owned(), action.to_owned())));
}
