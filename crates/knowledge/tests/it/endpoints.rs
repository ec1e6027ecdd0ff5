//! Embedding endpoints in place of our own model, and the pairs a model of a collection's own learns from.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use identity::{Action, Permit};
use kernel::DataLevel;
use kernel::ids::CollectionId;
use knowledge::{EmbedFailed, Embedder, Endpoint, Error, Mode, WordsOnly};

use crate::Stage;
use crate::stage::{Desk, law};

/// A model with two numbers a vector: whether a text is about dogs, and whether it is about cats. It knows a word for
/// them that no law has.
#[derive(Default)]
struct Animals {
    is_silent: AtomicBool,
    asked: AtomicUsize,
    levels: Mutex<Vec<DataLevel>>,
}

impl Embedder for Animals {
    fn embed<'t>(&'t self, texts: &'t [String], level: DataLevel) -> BoxFuture<'t, Result<Vec<Vec<f32>>, EmbedFailed>> {
        async move {
            self.asked.fetch_add(texts.len(), Ordering::Relaxed);
            self.levels.lock().unwrap().push(level);
            if self.is_silent.load(Ordering::Relaxed) {
                return Err(EmbedFailed("silent".to_owned()));
            }
            let about = |text: &str, words: &[&str]| f32::from(u8::from(words.iter().any(|word| text.contains(word))));
            let vector =
                |text: &String| vec![0.1 + about(text, &["犬", "qwoofq"]), 0.1 + about(text, &["猫", "qmeowq"])];
            Ok(texts.iter().map(vector).collect())
        }
        .boxed()
    }
}

fn endpoint(model: &Arc<Animals>) -> Vec<Endpoint> {
    let embedder: Arc<dyn Embedder> = Arc::<Animals>::clone(model);
    vec![Endpoint {
        id: "animals".to_owned(), name: "动物模型".to_owned(), model: "animals-2".to_owned(), embedder
    }]
}

fn manage(desk: &Desk, collection: &CollectionId) -> Permit {
    desk.permit(Action::ManageCollections, collection)
}

async fn find(desk: &Desk, collection: &CollectionId, question: &str) -> knowledge::Found {
    let permit = desk.permit(Action::Search, collection);
    let retrieval = knowledge::Retrieval::of(vec![collection.clone()], 5);
    desk.knowledge.find(&desk.cx, &permit, question, &retrieval).await.unwrap()
}

const ARTICLES: [&str; 3] = ["养犬人应当为犬只注射疫苗。", "养猫人应当为猫只登记。", "经营场所应当保持消防通道畅通。"];

pub async fn a_collection_takes_its_vectors_from_an_endpoint_and_back(stage: &Stage) {
    let model = Arc::new(Animals::default());
    let desk = stage.open_with(endpoint(&model)).await;
    let pets = desk.collection("pets", DataLevel::Internal).await;
    desk.upload(&pets, "pets.md", &law("宠物管理办法", "2020-01-01", &ARTICLES)).await;
    desk.work().await;
    assert_eq!(find(&desk, &pets, "qmeowq").await.mode, Mode::WordsOnly, "our own model does not know the word");

    let set = desk.knowledge.set_embedding(&desk.cx, &manage(&desk, &pets), &pets, Some("animals")).await.unwrap();
    assert_eq!(set.embedding.as_deref(), Some("animals"));
    let waiting = find(&desk, &pets, "qmeowq").await;
    assert_eq!((waiting.mode, waiting.why), (Mode::WordsOnly, Some(WordsOnly::VectorsMissing)));
    assert!(!desk.knowledge.index_status().await.unwrap().has_vectors);
    assert_eq!(desk.knowledge.embed_waiting().await.unwrap(), 3);
    assert!(desk.knowledge.index_status().await.unwrap().has_vectors);
    let found = find(&desk, &pets, "qmeowq").await;
    assert_eq!((found.mode, found.passages[0].text.as_str()), (Mode::Hybrid, ARTICLES[1]));
    assert!(model.levels.lock().unwrap().iter().all(|level| *level == DataLevel::Internal));

    // What is new is found by words at once and by vector as soon as it has one.
    desk.upload(&pets, "more.md", &law("流浪动物救助办法", "2020-01-01", &["流浪犬由救助站收容。"])).await;
    desk.work().await;
    assert_eq!(find(&desk, &pets, "救助站").await.why, Some(WordsOnly::VectorsMissing));
    assert_eq!(desk.knowledge.embed_waiting().await.unwrap(), 1);
    assert_eq!(find(&desk, &pets, "qwoofq").await.mode, Mode::Hybrid);

    // The vectors outlive the process; none is asked for twice.
    let asked = model.asked.load(Ordering::Relaxed);
    drop(desk);
    let desk = stage.open_with(endpoint(&model)).await;
    assert_eq!(desk.knowledge.embed_waiting().await.unwrap(), 0);
    assert_eq!(find(&desk, &pets, "qmeowq").await.passages[0].text, ARTICLES[1]);
    assert_eq!(model.asked.load(Ordering::Relaxed), asked + 1);

    desk.knowledge.set_embedding(&desk.cx, &manage(&desk, &pets), &pets, None).await.unwrap();
    assert_eq!(desk.knowledge.embed_waiting().await.unwrap(), 4);
    assert_eq!(find(&desk, &pets, "养犬要打疫苗吗").await.mode, Mode::Hybrid);
    assert_eq!(find(&desk, &pets, "qmeowq").await.why, Some(WordsOnly::UnknownWords));
}

pub async fn a_silent_endpoint_leaves_search_by_words(stage: &Stage) {
    let model = Arc::new(Animals::default());
    let desk = stage.open_with(endpoint(&model)).await;
    let pets = desk.collection("pets", DataLevel::Public).await;
    desk.upload(&pets, "pets.md", &law("宠物管理办法", "2020-01-01", &ARTICLES)).await;
    desk.work().await;
    let unknown = desk.knowledge.set_embedding(&desk.cx, &manage(&desk, &pets), &pets, Some("plants")).await;
    assert!(matches!(unknown, Err(Error::NoSuchEndpoint(id)) if id == "plants"));

    model.is_silent.store(true, Ordering::Relaxed);
    desk.knowledge.set_embedding(&desk.cx, &manage(&desk, &pets), &pets, Some("animals")).await.unwrap();
    assert!(matches!(desk.knowledge.embed_waiting().await, Err(Error::Embedding(_))));
    let found = find(&desk, &pets, "养犬人应当注射疫苗吗").await;
    assert_eq!((found.mode, found.why), (Mode::WordsOnly, Some(WordsOnly::EndpointDown)));
    assert_eq!(found.passages[0].text, ARTICLES[0]);
    assert!(!desk.knowledge.endpoints()[0].is_up);

    model.is_silent.store(false, Ordering::Relaxed);
    desk.knowledge.embed_waiting().await.unwrap();
    assert_eq!(find(&desk, &pets, "养犬人应当注射疫苗吗").await.mode, Mode::Hybrid);
    assert!(desk.knowledge.endpoints()[0].is_up);
    model.is_silent.store(true, Ordering::Relaxed);
    assert_eq!(find(&desk, &pets, "养犬人应当注射疫苗吗").await.why, Some(WordsOnly::EndpointDown));

    // A configuration without the endpoint leaves words.
    drop(desk);
    let desk = stage.open().await;
    assert_eq!(find(&desk, &pets, "养犬人应当注射疫苗吗").await.why, Some(WordsOnly::EndpointDown));
}

pub async fn marks_become_training_pairs(stage: &Stage) {
    let desk = stage.open().await;
    let pets = desk.collection("pets", DataLevel::Public).await;
    let others = desk.collection("others", DataLevel::Sensitive).await;
    desk.upload(&pets, "pets.md", &law("宠物管理办法", "2020-01-01", &ARTICLES)).await;
    desk.work().await;
    let article = desk.search(&pets, "猫", None).passages[0].article_id.clone();
    let permit = desk.permit(Action::ImportDocuments, &pets);
    let mark = async |question: &str, is_answer: bool| {
        desk.knowledge.mark_answer(&desk.cx, &permit, &pets, question, &article, is_answer).await.unwrap();
    };
    mark("喵星人要登记吗", true).await;
    mark("喵星人，要登记吗？", true).await;
    mark("猫猫上户口", true).await;
    mark("猫猫上户口", false).await;
    let pairs = desk.knowledge.training_pairs(&desk.cx, &permit, &pets).await.unwrap();
    let pairs: Vec<_> = pairs.iter().map(|pair| (pair.query.as_str(), pair.positive.as_str())).collect();
    assert_eq!(pairs, [("喵星人要登记吗", ARTICLES[1])]);
    let permit = desk.permit(Action::ImportDocuments, &others);
    let strange = desk.knowledge.mark_answer(&desk.cx, &permit, &others, "猫", &article, true).await;
    assert!(matches!(strange, Err(Error::ArticleNotFound(_))));
}
