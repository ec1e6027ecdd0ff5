//! The queue: order, pages, deadlines, places, and what each permit shows.

use identity::Action;
use kernel::DataLevel;
use kernel::ids::{ReviewId, RunId};
use review::{Counts, Shelf, State};

use crate::platform::{Platform, answer, approve, code, permit, reject, scenario};

#[tokio::test]
async fn the_most_urgent_comes_first_and_pages_meet_without_gap() {
    let platform = Platform::start().await;
    let (clerk, reviewer) = (platform.person("clerk", &["clerk"]), platform.reviewer("reviewer"));
    let mut due = Vec::new();
    for minutes in [30, 10, 20, 10, 30, 5, 10] {
        let item = platform.enqueue_in(&clerk, "interpretation", DataLevel::Internal, minutes).await.unwrap();
        due.push((item.due_at, item.id));
        platform.hand.advance_secs(1);
    }
    due.sort();
    let read = permit(&reviewer, Action::ReadReviews);
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = platform.reviews.list(&reviewer, &read, Shelf::Pending, after.as_deref(), 2).await.unwrap();
        seen.extend(page.items.into_iter().map(|item| (item.due_at, item.id)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, due);
    for (place, (_, id)) in due.iter().enumerate() {
        assert_eq!(platform.reviews.position(id).await.unwrap(), Some(place as u64 + 1));
    }
    // When the first goes, the others move up.
    let _ = platform.decide(&reviewer, &due[0].1, approve()).await.unwrap();
    assert_eq!(platform.reviews.position(&due[0].1).await.unwrap(), None);
    assert_eq!(platform.reviews.position(&due[1].1).await.unwrap(), Some(1));
    let bad = platform.reviews.list(&reviewer, &read, Shelf::Pending, Some("rev_ghost"), 2).await;
    assert_eq!(code(bad), "review.bad_cursor");
}

#[tokio::test]
async fn what_is_decided_comes_latest_first_and_mine_is_what_i_decided() {
    let platform = Platform::start().await;
    let clerk = platform.person("clerk", &["clerk"]);
    let (first, second) = (platform.reviewer("first"), platform.reviewer("second"));
    let mut ids = Vec::new();
    for n in 0..5 {
        let item = platform.enqueue(&clerk).await;
        platform.hand.advance_secs(1);
        match n {
            0..2 => drop(platform.decide(&first, &item.id, approve()).await.unwrap()),
            2 => drop(platform.decide(&second, &item.id, reject("不对")).await.unwrap()),
            3 => drop(platform.withdraw(&clerk, &item.id).await.unwrap()),
            _ => {}
        }
        ids.push(item.id);
    }
    let list = async |cx, shelf| {
        let page = platform.reviews.list(cx, &permit(cx, Action::ReadReviews), shelf, None, 100).await.unwrap();
        page.items.into_iter().map(|item| (item.id, item.state)).collect::<Vec<_>>()
    };
    let at = |n: usize, state| (ids[n].clone(), state);
    let decided = [at(3, State::Withdrawn), at(2, State::Rejected), at(1, State::Approved), at(0, State::Approved)];
    assert_eq!(list(&first, Shelf::Decided).await, decided);
    assert_eq!(list(&first, Shelf::Mine).await, decided[2..]);
    assert_eq!(list(&second, Shelf::Mine).await, decided[1..2]);
    assert_eq!(list(&first, Shelf::Pending).await, [at(4, State::Pending)]);
    let page = platform.reviews.list(&first, &permit(&first, Action::ReadReviews), Shelf::Mine, None, 1).await.unwrap();
    let next = page.next.unwrap();
    let rest = platform.reviews.list(&first, &permit(&first, Action::ReadReviews), Shelf::Mine, Some(&next), 1).await;
    assert_eq!(rest.unwrap().items[0].id, ids[0]);
}

#[tokio::test]
async fn a_permit_shows_its_scenario_up_to_its_level() {
    let platform = Platform::start().await;
    let (clerk, reviewer) = (platform.person("clerk", &["clerk"]), platform.reviewer("reviewer"));
    let internal = platform.enqueue_in(&clerk, "interpretation", DataLevel::Internal, 60).await.unwrap();
    platform.hand.advance_secs(1);
    let sensitive = platform.enqueue_in(&clerk, "interpretation", DataLevel::Sensitive, 60).await.unwrap();
    platform.hand.advance_secs(1);
    let other = platform.enqueue_in(&clerk, "consultation", DataLevel::Internal, 60).await.unwrap();
    let list = async |scope| {
        let permit = reviewer.permit(Action::ReadReviews, &scope).unwrap();
        let page = platform.reviews.list(&reviewer, &permit, Shelf::Pending, None, 100).await.unwrap();
        page.items.into_iter().map(|item| item.id).collect::<Vec<_>>()
    };
    assert_eq!(list(identity::Scope::Platform).await, [&internal.id, &sensitive.id, &other.id].map(Clone::clone));
    assert_eq!(list(scenario("interpretation", DataLevel::Internal)).await, vec![internal.id.clone()]);
    let both = [internal.id.clone(), sensitive.id.clone()];
    assert_eq!(list(scenario("interpretation", DataLevel::Sensitive)).await, both);
    let low = reviewer.permit(Action::ReadReviews, &scenario("interpretation", DataLevel::Internal)).unwrap();
    assert_eq!(code(platform.reviews.get(&reviewer, &low, &sensitive.id).await), "review.not_found");
    assert_eq!(code(platform.reviews.get(&reviewer, &low, &other.id).await), "review.not_found");
    assert_eq!(platform.reviews.get(&reviewer, &low, &internal.id).await.unwrap().0, internal);
    assert_eq!(platform.reviews.own_item(&clerk, &other.id).await.unwrap(), other);
    assert_eq!(code(platform.reviews.own_item(&reviewer, &other.id).await), "review.not_found");
}

#[tokio::test]
async fn deadlines_pass_and_are_counted() {
    let platform = Platform::start().await;
    let (clerk, reviewer) = (platform.person("clerk", &["clerk"]), platform.reviewer("reviewer"));
    let soon = platform.enqueue_in(&clerk, "interpretation", DataLevel::Internal, 1).await.unwrap();
    platform.enqueue_in(&clerk, "interpretation", DataLevel::Internal, 60).await.unwrap();
    let read = permit(&reviewer, Action::ReadReviews);
    let counts = async || platform.reviews.counts(&reviewer, &read).await.unwrap();
    assert_eq!(counts().await, Counts { pending: 2, overdue: 0, decided: 0, exceptions: 0 });
    platform.hand.advance_secs(61);
    assert!(soon.is_overdue(reviewer.now()));
    assert_eq!(counts().await, Counts { pending: 2, overdue: 1, decided: 0, exceptions: 0 });
    let _ = platform.decide(&reviewer, &soon.id, approve()).await.unwrap();
    assert_eq!(counts().await, Counts { pending: 1, overdue: 0, decided: 1, exceptions: 0 });
}

#[tokio::test]
async fn only_the_asker_takes_a_question_back_and_only_while_it_waits() {
    let platform = Platform::start().await;
    let (visitor, other) = (platform.visitor(), platform.visitor());
    let reviewer = platform.reviewer("reviewer");
    let item = platform.enqueue(&visitor).await;
    assert_eq!(code(platform.withdraw(&other, &item.id).await), "review.not_the_asker");
    assert_eq!(code(platform.withdraw(&reviewer, &item.id).await), "review.not_the_asker");
    assert_eq!(platform.withdraw(&visitor, &item.id).await.unwrap().state, State::Withdrawn);
    assert_eq!(code(platform.withdraw(&visitor, &item.id).await), "review.already_decided");
    assert_eq!(code(platform.decide(&reviewer, &item.id, approve()).await), "review.already_decided");
    let ghost = ReviewId::parse("rev_ghost").unwrap();
    assert_eq!(code(platform.withdraw(&visitor, &ghost).await), "review.not_found");
}

#[tokio::test]
async fn a_run_waits_once() {
    let platform = Platform::start().await;
    let clerk = platform.person("clerk", &["clerk"]);
    let run = RunId::generate(platform.store.ids());
    let checked = answer("用人单位应当按时足额支付劳动报酬。");
    let put =
        async || platform.enqueue_run(&clerk, run.clone(), "interpretation", DataLevel::Internal, 60, &checked).await;
    let item = put().await.unwrap();
    assert_eq!(item.asker_department.as_ref().map(kernel::ids::DepartmentId::as_str), Some("test"));
    assert_eq!(item.content_hash, checked.hash());
    assert_eq!(code(put().await), "review.already_queued");
    assert_eq!(platform.reviews.standing(&RunId::generate(platform.store.ids())).await.unwrap(), None);
}
