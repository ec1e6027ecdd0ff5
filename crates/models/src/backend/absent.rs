//! Stands for a model in this process where the program was built without llama.cpp.

use async_trait::async_trait;
use guard::Draft;
use kernel::DataLevel;

use crate::backend::{Backend, ChatCall, Health, Probed, Progress, Reply, Vectors};
use crate::{DraftRequest, Error};

/// A model that this program cannot run, by its id.
pub(super) struct Absent(pub(super) String);

impl Absent {
    fn no(&self) -> Error {
        Error::NotBuilt { model: self.0.clone() }
    }
}

#[async_trait]
impl Backend for Absent {
    async fn draft(&self, _: &DraftRequest<'_>, _: &(dyn Fn(Progress) + Send + Sync)) -> Result<Draft, Error> {
        Err(self.no())
    }

    async fn chat(&self, _: &ChatCall) -> Result<Reply, Error> {
        Err(self.no())
    }

    async fn embed(&self, _: &[String], _: DataLevel) -> Result<Vectors, Error> {
        Err(self.no())
    }

    async fn probe(&self) -> Result<Probed, Error> {
        Err(self.no())
    }

    async fn health(&self) -> Health {
        Health::Down
    }
}
