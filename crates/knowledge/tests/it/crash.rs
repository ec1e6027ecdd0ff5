//! An import that is cut off between any two steps goes on after a restart: nothing lost, nothing twice.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use identity::Action;
use kernel::DataLevel;
use knowledge::{DocumentState, IMPORT_JOB};

use crate::Stage;
use crate::stage::law;

/// A future that is dropped after so many steps.
struct CutOff<F> {
    inner: Pin<Box<F>>,
    steps: usize,
}

impl<F: Future> Future for CutOff<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.steps == 0 {
            return Poll::Ready(None);
        }
        self.steps -= 1;
        self.inner.as_mut().poll(cx).map(Some)
    }
}

/// Runs one life of the process: a runtime of its own, gone with all its threads afterwards.
fn life<T: Send>(work: impl AsyncFnOnce() -> T + Send) -> T {
    let body = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work());
    std::thread::scope(|scope| scope.spawn(body).join().unwrap())
}

pub async fn an_import_killed_anywhere_goes_on(stage: &Stage) {
    life(async || {
        stage.open().await.collection("laws", DataLevel::Public).await;
    });
    let laws = kernel::ids::CollectionId::parse("laws").unwrap();
    let mut lives = 0;
    let mut steps = 1;
    loop {
        let title = format!("第{steps}号办法");
        let subject = format!("编号{steps}的事项由主管部门办理。");
        let text = law(&title, "2020-01-01", &[&subject, "申请人应当提交材料。"]);
        let ended = life(async || {
            let desk = stage.open().await;
            let permit = desk.permit(Action::ImportDocuments, &laws);
            let file = knowledge::ImportFile { name: format!("{title}.md"), bytes: text.clone().into_bytes().into() };
            desk.knowledge.begin_import(&desk.cx, &permit, &laws, file).await.unwrap();
            let claimed = desk.store.jobs().claim(&[IMPORT_JOB], "first life", 1).await.unwrap().unwrap();
            CutOff { inner: Box::pin(desk.knowledge.run_import(&claimed)), steps }.await.is_some()
        });
        stage.hand.advance_secs(60);
        life(async || {
            let desk = stage.open().await;
            desk.work().await;
            let permit = desk.permit(Action::ReadCollections, &laws);
            let page = desk.knowledge.documents(&desk.cx, &permit, &laws, Some(&title), None, 10).await.unwrap();
            assert_eq!(page.items.len(), 1, "cut off after {steps} steps");
            let item = &page.items[0];
            assert_eq!((item.state, item.version, item.articles), (DocumentState::Ready, 1, 2), "after {steps} steps");
            let found = desk.search(&laws, &title, None);
            let hits: Vec<_> = found.passages.iter().filter(|p| p.document == title && p.text == subject).collect();
            assert_eq!(hits.len(), 1, "cut off after {steps} steps");
            desk.resolve(hits[0]).await;
        });
        lives += 1;
        if ended {
            break;
        }
        steps += if steps < 24 { 1 } else { 5 };
        assert!(steps < 400, "an import takes a bounded number of steps");
    }
    assert!(lives > 5, "the import was cut off {lives} times");
}
