//! The index: a derived cache of the articles in a folder. It can be lost: the store has everything.
//!
//! It keeps for each article its terms with their counts, the version it belongs to, and the article itself for
//! showing. What may be seen and what is in force is not in it: the catalogue knows that by version.

pub(crate) mod scoring;
mod tokenizer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tantivy::directory::MmapDirectory;
use tantivy::schema::{
    BytesOptions, Field, IndexRecordOption, NumericOptions, STORED, Schema, TextFieldIndexing, TextOptions, Value as _,
};
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, Term, doc};

use crate::catalogue::Catalogue;
use crate::{Error, Result};

pub(crate) use scoring::{View, Workspace};

/// Changes when what is indexed changes: an index of another form is built again.
const FORM: u32 = 1;

/// What an index of one segment may take while it is written.
const WRITER_BYTES: usize = 64 << 20;

/// An article as the index keeps it for showing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Indexed {
    #[serde(rename = "i")]
    pub(crate) id: String,
    #[serde(rename = "s", skip_serializing_if = "Option::is_none", default)]
    pub(crate) source_id: Option<String>,
    #[serde(rename = "l")]
    pub(crate) label: String,
    #[serde(rename = "p")]
    pub(crate) path: String,
    #[serde(rename = "t")]
    pub(crate) text: String,
}

/// One version to be indexed.
#[derive(Debug, Clone)]
pub(crate) struct Addition {
    pub(crate) ordinal: u64,
    pub(crate) articles: Vec<Indexed>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields {
    /// Words and pairs of headings and text, with counts and length.
    pub(crate) words: Field,
    /// `ordinal:label`, to find an article by its name.
    pub(crate) address: Field,
    /// The version.
    pub(crate) version: Field,
    /// The article as JSON.
    pub(crate) record: Field,
}

/// The index folder.
pub(crate) struct Index {
    index: tantivy::Index,
    reader: IndexReader,
    fields: Fields,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Index")
    }
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let words = TextFieldIndexing::default()
        .set_tokenizer(tokenizer::NAME)
        .set_index_option(IndexRecordOption::WithFreqs)
        .set_fieldnorms(true);
    let raw = TextFieldIndexing::default()
        .set_tokenizer("raw")
        .set_index_option(IndexRecordOption::Basic)
        .set_fieldnorms(false);
    let fields = Fields {
        words: builder.add_text_field("words", TextOptions::default().set_indexing_options(words)),
        address: builder.add_text_field("address", TextOptions::default().set_indexing_options(raw)),
        version: builder.add_u64_field("version", NumericOptions::default().set_fast().set_indexed()),
        record: builder.add_bytes_field("record", BytesOptions::from(STORED)),
    };
    (builder.build(), fields)
}

impl Index {
    /// Opens the index in `folder`, or makes an empty one where there is none that can be read. Gives the number of
    /// the change it has followed to; 0 for an empty one.
    pub(crate) fn open(folder: &Path) -> Result<(Self, i64)> {
        match Self::try_open(folder) {
            Ok(opened) => Ok(opened),
            Err(error) => {
                tracing::warn!(%error, "the search index cannot be read and is built again");
                clear(folder)?;
                Self::try_open(folder)
            }
        }
    }

    fn try_open(folder: &Path) -> Result<(Self, i64)> {
        let (schema, fields) = schema();
        let form = folder.join("form");
        if std::fs::read_to_string(&form).ok().and_then(|text| text.trim().parse().ok()) != Some(FORM) {
            clear(folder)?;
            std::fs::write(&form, FORM.to_string()).map_err(Error::IndexFolder)?;
        }
        let place = MmapDirectory::open(tantivy_folder(folder)?).map_err(|error| Error::Index(error.into()))?;
        let index = tantivy::Index::open_or_create(place, schema).map_err(Error::Index)?;
        index.tokenizers().register(tokenizer::NAME, tokenizer::WordTokenizer::default());
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(Error::Index)?;
        let opened = Self { index, reader, fields };
        let followed = opened.followed()?;
        Ok((opened, followed))
    }

    /// The number of the change that the committed index has followed to.
    pub(crate) fn followed(&self) -> Result<i64> {
        let meta = self.index.load_metas().map_err(Error::Index)?;
        Ok(meta.payload.and_then(|payload| payload.parse().ok()).unwrap_or_default())
    }

    /// A writer for one round of changes. Its memory is given back when it goes.
    pub(crate) fn writer(&self, threads: usize) -> Result<Round> {
        let writer =
            self.index.writer_with_num_threads(threads.max(1), WRITER_BYTES * threads.max(1)).map_err(Error::Index)?;
        Ok(Round { writer, fields: self.fields })
    }

    /// What searches see: the committed articles with this catalogue.
    pub(crate) fn view(&self, catalogue: Arc<Catalogue>) -> Result<View> {
        self.reader.reload().map_err(Error::Index)?;
        View::new(self.reader.searcher(), self.fields, catalogue)
    }
}

/// One round of changes to the index: visible all at once.
pub(crate) struct Round {
    writer: IndexWriter,
    fields: Fields,
}

impl Round {
    /// Adds a version, in place of what the index had of it.
    pub(crate) fn put(&self, addition: &Addition) -> Result<()> {
        self.remove(addition.ordinal);
        for article in &addition.articles {
            let mut words = String::with_capacity(article.path.len() + article.text.len() + 1);
            words.push_str(&article.path);
            words.push('\n');
            words.push_str(&article.text);
            let record = serde_json::to_vec(article).unwrap_or_default();
            self.writer
                .add_document(doc!(
                    self.fields.words => words,
                    self.fields.address => address(addition.ordinal, &article.label),
                    self.fields.version => addition.ordinal,
                    self.fields.record => record,
                ))
                .map_err(Error::Index)?;
        }
        Ok(())
    }

    /// Takes everything out.
    pub(crate) fn clear(&self) -> Result<()> {
        self.writer.delete_all_documents().map(drop).map_err(Error::Index)
    }

    /// Takes a version out.
    pub(crate) fn remove(&self, ordinal: u64) {
        self.writer.delete_term(Term::from_field_u64(self.fields.version, ordinal));
    }

    /// Makes the round visible and remembers how far the index has followed.
    pub(crate) fn commit(mut self, followed: i64) -> Result<()> {
        let mut prepared = self.writer.prepare_commit().map_err(Error::Index)?;
        prepared.set_payload(&followed.to_string());
        prepared.commit().map_err(Error::Index)?;
        self.writer.wait_merging_threads().map_err(Error::Index)
    }
}

/// The name under which an article is found.
pub(crate) fn address(ordinal: u64, label: &str) -> String {
    format!("{ordinal}:{label}")
}

/// The article that the index shows for a document of the index.
pub(crate) fn record(document: &TantivyDocument, field: Field) -> Option<Indexed> {
    document.get_first(field).and_then(|value| value.as_bytes()).and_then(|bytes| serde_json::from_slice(bytes).ok())
}

fn tantivy_folder(folder: &Path) -> Result<PathBuf> {
    let inner = folder.join("articles");
    std::fs::create_dir_all(&inner).map_err(Error::IndexFolder)?;
    Ok(inner)
}

fn clear(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(Error::IndexFolder(error)),
    }
    std::fs::create_dir_all(folder).map_err(Error::IndexFolder)
}
