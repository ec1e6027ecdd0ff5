//! Searching: what filters keep out is explained, collections do not colour each other, and changes under a search do
//! it no harm.

use std::sync::atomic::{AtomicBool, Ordering};

use identity::Action;
use kernel::DataLevel;
use knowledge::{FilterReason, Mode, Retrieval, WordsOnly};

use crate::Stage;
use crate::stage::law;

const DEPOSIT: &str = "出租人应当在合同终止后返还押金。";

pub async fn what_filters_keep_out_has_examples(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    desk.upload(&laws, "a.md", &law("甲市租赁办法", "2010-01-01", &[DEPOSIT])).await;
    desk.upload(&laws, "b.md", &law("甲市租赁办法", "2020-01-01", &[DEPOSIT, "押金不得超过一个月租金。"])).await;
    let permit = desk.permit(Action::Search, &laws);
    let retrieval = Retrieval { explain: true, words_only: true, ..Retrieval::of(vec![laws.clone()], 5) };
    let found = desk.knowledge.search(&desk.cx, &permit, "押金什么时候返还", &retrieval).unwrap();
    assert_eq!((found.mode, found.why), (Mode::WordsOnly, Some(WordsOnly::Asked)));
    assert_eq!(found.passages[0].rank_words, Some(1));
    let [filtered] = found.filtered.as_slice() else { panic!("{:?}", found.filtered) };
    assert_eq!((filtered.reason, filtered.count), (FilterReason::Superseded, 1));
    let [example] = filtered.examples.as_slice() else { panic!("{filtered:?}") };
    assert_eq!((example.label.as_str(), example.document.as_str()), ("第一条", "甲市租赁办法"));
    assert!(example.validity.note.is_some(), "it says why");
    let plain = desk.knowledge.search(&desk.cx, &permit, "押金什么时候返还", &Retrieval::of(vec![laws], 5)).unwrap();
    assert!(plain.filtered.iter().all(|filtered| filtered.examples.is_empty()));
}

pub async fn collections_do_not_colour_each_other(stage: &Stage) {
    let desk = stage.open().await;
    let own = desk.collection("own", DataLevel::Public).await;
    desk.upload(&own, "a.md", &law("甲办法", "2020-01-01", &[DEPOSIT, "主管部门办理租赁登记。"])).await;
    let scores = |text: &str| -> Vec<(String, f32)> {
        desk.search(&own, text, None).passages.iter().map(|p| (p.article_id.to_string(), p.parts.words)).collect()
    };
    let alone = scores("返还押金");
    assert!(!alone.is_empty());
    let other = desk.collection("other", DataLevel::Public).await;
    for n in 0..6 {
        let text = format!("第{n}种押金由出租人返还，返还押金应当及时。");
        desk.upload(&other, &format!("{n}.md"), &law(&format!("乙办法之{n}"), "2020-01-01", &[&text])).await;
    }
    assert_eq!(scores("返还押金"), alone);
}

pub async fn changes_under_a_search_do_it_no_harm(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    desk.upload(&laws, "stays.md", &law("常在办法", "2020-01-01", &[DEPOSIT])).await;
    let done = AtomicBool::new(false);
    let searches = std::thread::scope(|scope| {
        let searching = scope.spawn(|| {
            let mut searches = 0;
            while !done.load(Ordering::Relaxed) {
                let found = desk.search(&laws, "返还押金", None);
                assert!(found.passages.iter().any(|p| p.document == "常在办法"), "what stays is always found");
                searches += 1;
            }
            searches
        });
        let handle = tokio::runtime::Handle::current();
        tokio::task::block_in_place(|| {
            handle.block_on(async {
                for n in 0..12 {
                    let title = format!("来去办法之{n}");
                    let accepted = desk.upload(&laws, &format!("{n}.md"), &law(&title, "2020-01-01", &[DEPOSIT])).await;
                    let permit = desk.permit(Action::RemoveDocuments, &laws);
                    desk.knowledge.remove_document(&desk.cx, &permit, &accepted.document_id).await.unwrap();
                }
            });
        });
        done.store(true, Ordering::Relaxed);
        searching.join().unwrap()
    });
    assert!(searches > 0);
    let left = desk.search(&laws, "返还押金", None);
    assert!(left.passages.iter().all(|p| p.document == "常在办法"), "what was removed is gone");
}

pub async fn a_collection_removed_under_a_search_does_it_no_harm(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    let other = desk.collection("other", DataLevel::Public).await;
    desk.upload(&laws, "stays.md", &law("常在办法", "2020-01-01", &[DEPOSIT])).await;
    desk.upload(&other, "goes.md", &law("将去办法", "2020-01-01", &[DEPOSIT])).await;
    let cited = desk.search(&other, "返还押金", None).passages[0].clone();
    let everywhere = knowledge::Retrieval::of(Vec::new(), 10);
    let search = desk.cx.permit(Action::Search, &identity::Scope::Platform).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let searching = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let found = desk.knowledge.search(&desk.cx, &search, "返还押金", &everywhere).unwrap();
                assert!(found.passages.iter().any(|p| p.document == "常在办法"), "what stays is always found");
            }
        });
        let permit = desk.permit(Action::ManageCollections, &other);
        let handle = tokio::runtime::Handle::current();
        tokio::task::block_in_place(|| {
            handle.block_on(desk.knowledge.remove_collection(&desk.cx, &permit, &other)).unwrap();
        });
        done.store(true, Ordering::Relaxed);
        searching.join().unwrap();
    });
    let found = desk.knowledge.search(&desk.cx, &search, "返还押金", &everywhere).unwrap();
    assert!(found.passages.iter().all(|p| p.document == "常在办法"));
    let named = knowledge::Retrieval::of(vec![other.clone()], 10);
    let refused = desk.knowledge.search(&desk.cx, &search, "返还押金", &named);
    assert!(matches!(refused, Err(knowledge::Error::CollectionNotFound(id)) if id == "other"));
    assert!(desk.knowledge.collections(&desk.cx).iter().all(|collection| collection.id != other));
    desk.resolve(&cited).await;
    drop(desk);
    let desk = stage.open().await;
    assert!(desk.knowledge.collection(&other).is_err());
    desk.resolve(&cited).await;
}
