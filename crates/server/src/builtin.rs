//! Small models inside this program, as the models of the gateway: the embedding that ships.

use std::sync::Arc;

use async_trait::async_trait;
use guard::Draft;
use kernel::DataLevel;
use models::{Backend, DraftRequest, Error, Health, Progress, Vectors};

/// The id of the embedding in the registry.
pub const EMBEDDING: &str = "shuzheng-embedding";

/// The embedding that search uses, for programs.
pub struct Embeddings(pub Arc<knowledge::Embedding>);

#[async_trait]
impl Backend for Embeddings {
    async fn draft(&self, _: &DraftRequest<'_>, _: &(dyn Fn(Progress) + Send + Sync)) -> Result<Draft, Error> {
        Err(Error::Unsupported { what: "drafts" })
    }

    async fn embed(&self, texts: &[String], _: DataLevel) -> Result<Vectors, Error> {
        Ok(Vectors { vectors: texts.iter().map(|text| self.0.encode_question(text)).collect(), tokens: 0 })
    }

    async fn health(&self) -> Health {
        Health::Up
    }
}
