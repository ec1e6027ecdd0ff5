//! Where a case plays: a store on one of the engines, a clock moved by hand, the knowledge layer over it.

use identity::{Action, Cx, Permit, Scope};
use kernel::ids::CollectionId;
use kernel::time::ManualClock;
use kernel::{Clock, DataLevel, Entropy, Timestamp};
use knowledge::{Found, IMPORT_JOB, ImportFile, Knowledge, NewCollection, Passage, Retrieval};
use store::{JobState, Store};

/// A place that can be opened, and opened again.
pub struct Stage {
    pub options: store::Options,
    pub clock: Clock,
    pub hand: ManualClock,
    pub folder: tempfile::TempDir,
}

/// An open store with the knowledge layer, and the platform as the one who acts.
pub struct Desk {
    pub store: Store,
    pub knowledge: Knowledge,
    pub cx: Cx,
}

impl Stage {
    pub fn sqlite() -> Self {
        Self::at(None)
    }

    pub fn postgres(url: String) -> Self {
        Self::at(Some(url))
    }

    fn at(database_url: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // 2026-11-24 in China.
        let (clock, hand) = Clock::manual(Timestamp::from_millis(1_795_460_000_000));
        let options = store::Options { database_url, ..store::Options::folder(folder.path().join("data")) };
        Self { options, clock, hand, folder }
    }

    pub fn index_folder(&self) -> std::path::PathBuf {
        self.folder.path().join("index")
    }

    pub async fn open(&self) -> Desk {
        self.open_with(Vec::new()).await
    }

    /// With these embedding endpoints in the configuration.
    pub async fn open_with(&self, endpoints: Vec<knowledge::Endpoint>) -> Desk {
        let store = Store::open(self.options.clone(), knowledge::migrations(), self.clock.clone(), Entropy::system())
            .await
            .unwrap();
        let options = knowledge::Options { endpoints, ..knowledge::Options::new(self.index_folder()) };
        let knowledge = Knowledge::open(store.clone(), options).await.unwrap();
        knowledge.follow().await.unwrap();
        let cx = Cx::system(&store, "test").await.unwrap();
        Desk { store, knowledge, cx }
    }
}

impl Desk {
    pub async fn collection(&self, id: &str, level: DataLevel) -> CollectionId {
        let new = NewCollection {
            id: CollectionId::parse(id).unwrap(),
            name: id.to_owned(),
            description: String::new(),
            department: None,
            level,
            region: kernel::Region::country(),
            embedding: None,
        };
        let permit = self.cx.permit(Action::ManageCollections, &new.scope()).unwrap();
        self.knowledge.create_collection(&self.cx, &permit, new).await.unwrap().id
    }

    pub fn permit(&self, action: Action, collection: &CollectionId) -> Permit {
        let scope = self.knowledge.collection(collection).unwrap().scope();
        self.cx.permit(action, &scope).unwrap()
    }

    /// Uploads and imports.
    pub async fn upload(&self, collection: &CollectionId, name: &str, text: &str) -> knowledge::Accepted {
        let permit = self.permit(Action::ImportDocuments, collection);
        let file = ImportFile { name: name.to_owned(), bytes: text.as_bytes().to_vec().into() };
        let accepted = self.knowledge.begin_import(&self.cx, &permit, collection, file).await.unwrap();
        self.work().await;
        accepted
    }

    /// Does all import jobs.
    pub async fn work(&self) {
        while let Some(claimed) = self.store.jobs().claim(&[IMPORT_JOB], "test", 60).await.unwrap() {
            self.knowledge.run_import(&claimed).await.unwrap();
        }
    }

    pub async fn state(&self, accepted: &knowledge::Accepted) -> JobState {
        self.store.jobs().get(&accepted.job_id).await.unwrap().state
    }

    pub fn search(&self, collection: &CollectionId, text: &str, as_of: Option<&str>) -> Found {
        let permit = self.permit(Action::Search, collection);
        let retrieval =
            Retrieval { as_of: as_of.map(|day| day.parse().unwrap()), ..Retrieval::of(vec![collection.clone()], 10) };
        self.knowledge.search(&self.cx, &permit, text, &retrieval).unwrap()
    }

    /// Demands that the citation of a passage resolves to a text with every quoted span in it.
    pub async fn resolve(&self, passage: &Passage) {
        let scope: Scope = self.knowledge.scope_of_article(&passage.article_id).await.unwrap();
        let permit = self.cx.permit(Action::ReadCollections, &scope).unwrap();
        let view =
            self.knowledge.article(&self.cx, &permit, &passage.article_id, Some(&passage.version_id)).await.unwrap();
        assert_eq!((view.text.as_str(), view.label.as_str()), (passage.text.as_str(), passage.label.as_str()));
        for quote in &passage.best {
            let quoted = kernel::text::slice(&view.text, quote.span);
            assert!(!quoted.is_empty() && view.text.contains(quoted), "{quote:?}");
        }
    }
}

/// A small law.
pub fn law(title: &str, effective: &str, articles: &[&str]) -> String {
    let mut text =
        format!("---\ntitle: {title}\npublish_date: {effective}\neffective_date: {effective}\n---\n\n# {title}\n\n");
    for (at, article) in (1_u32..).zip(articles) {
        text.push_str(&format!("第{}条　{article}\n\n", documents::numerals::chinese(at)));
    }
    text
}
