//! Laws over any sequence of operations: no approval from the asker, never two for one item.

use identity::{Action, Cx};
use proptest::prelude::*;
use review::{Approval, Item, State};

use crate::platform::{Platform, answer, approve, edit, permit, reject};

/// One operation: who does what to which item, and whether the transaction is kept.
#[derive(Clone, Debug)]
struct Operation {
    who: usize,
    item: usize,
    what: What,
    keep: bool,
}

#[derive(Clone, Debug)]
enum What {
    Approve,
    Edit,
    Reject,
    Withdraw,
}

const PEOPLE: usize = 6;
const ITEMS: usize = 4;

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let what = prop_oneof![Just(What::Approve), Just(What::Edit), Just(What::Reject), Just(What::Withdraw)];
    let one = (0..PEOPLE, 0..ITEMS, what, prop::bool::weighted(0.7)).prop_map(|(who, item, what, keep)| Operation {
        who,
        item,
        what,
        keep,
    });
    prop::collection::vec(one, 1..24)
}

/// Three reviewers, a clerk, a citizen, and the platform itself.
async fn people(platform: &Platform) -> Vec<Cx> {
    let reviewers = ["an", "bo", "chen"].map(|name| platform.reviewer(name));
    let mut people = Vec::from(reviewers);
    people.push(platform.person("clerk", &["clerk"]));
    people.push(platform.visitor());
    people.push(Cx::system(&platform.store, "test").await.unwrap());
    people
}

/// Does one operation; gives the approval when there is one and it was kept.
async fn act(platform: &Platform, cx: &Cx, item: &Item, operation: &Operation) -> Option<Approval> {
    let edited = answer("用人单位应当按时支付劳动报酬。");
    let tx = platform.store.begin().await.unwrap();
    let decision = match operation.what {
        What::Approve => approve(),
        What::Edit => edit(&edited),
        What::Reject => reject("与来文不符"),
        What::Withdraw => {
            let done = platform.reviews.withdraw(&tx, cx, &item.id).await.is_ok();
            if done && operation.keep {
                tx.commit().await.unwrap();
            } else {
                tx.rollback().await;
            }
            return None;
        }
    };
    // Who gets no permit takes one that a reviewer left lying around.
    let permit = cx
        .permit(Action::DecideReviews, &identity::Scope::Platform)
        .unwrap_or_else(|_| permit(&platform.reviewer("an"), Action::DecideReviews));
    let ruling = platform.reviews.decide(&tx, cx, &permit, &item.id, None, decision).await;
    match ruling {
        Ok(ruling) if operation.keep => {
            tx.commit().await.unwrap();
            ruling.approval
        }
        _ => {
            tx.rollback().await;
            None
        }
    }
}

#[test]
fn no_sequence_gives_an_approval_from_the_asker_or_two_for_one_item() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let platform = runtime.block_on(Platform::start());
    let people = runtime.block_on(people(&platform));
    proptest!(ProptestConfig::with_cases(48), |(operations in operations())| {
        runtime.block_on(async {
            // Asked by a reviewer, another reviewer, the clerk and the citizen.
            let mut items = Vec::new();
            for asker in [0, 1, 3, 4] {
                items.push(platform.enqueue(&people[asker]).await);
            }
            let mut approvals: Vec<Vec<Approval>> = (0..ITEMS).map(|_| Vec::new()).collect();
            for operation in &operations {
                let item = &items[operation.item];
                let approval = act(&platform, &people[operation.who], item, operation).await;
                approvals[operation.item].extend(approval);
            }
            for (item, approvals) in items.iter().zip(&approvals) {
                prop_assert!(approvals.len() <= 1, "{} approvals", approvals.len());
                let state = platform.reviews.standing(&item.run().unwrap()).await.unwrap().unwrap().state;
                prop_assert_eq!(approvals.len() == 1, state.is_release());
                for approval in approvals {
                    prop_assert_eq!(approval.review(), &item.id);
                    prop_assert_ne!(&format!("user:{}", approval.by()), &item.asker.label());
                    prop_assert_eq!(approval.is_edited(), state == State::Edited);
                    prop_assert_eq!(approval.seen_hash(), &item.content_hash);
                }
            }
            Ok(())
        })?;
    });
    assert!(runtime.block_on(platform.store.audit().verify()).unwrap().ok);
}
