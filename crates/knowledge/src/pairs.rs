//! Training pairs: which article answers which question, as people marked it on the retrieval test. A collection's own
//! model learns from them: `shuzheng knowledge pairs` writes them as `shuzheng models train-embedding` reads them.

use std::collections::HashMap;

use identity::{Action, Cx, Permit};
use kernel::Timestamp;
use kernel::event::Deed;
use kernel::ids::{ArticleId, CollectionId};
use serde::Serialize;
use store::sea_orm::sea_query::OnConflict;
use store::sea_orm::{
    ActiveValue::Set, ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
};
use store::sm3_hex;

use crate::knowledge::Knowledge;
use crate::tables::{articles, training_pairs};
use crate::{Error, Result};

/// The longest question that is kept, in characters.
const LONGEST: usize = 300;

/// So many pairs are kept for a collection.
const MOST: u64 = 50_000;

/// A question with an article that answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrainingPair {
    /// The question.
    pub query: String,
    /// The text of the article that answers.
    pub positive: String,
    /// The article.
    pub article_id: ArticleId,
    /// Its label.
    pub label: String,
    /// When it was marked.
    pub marked_at: Timestamp,
}

impl Knowledge {
    /// Remembers that an article answers a question, or that it does not after all. `question` has placeholders in place
    /// of persons.
    pub async fn mark_answer(
        &self,
        cx: &Cx,
        permit: &Permit,
        collection: &CollectionId,
        question: &str,
        article: &ArticleId,
        is_answer: bool,
    ) -> Result<()> {
        Self::admit(cx, permit, &[Action::ImportDocuments], collection)?;
        self.demand_collection(collection).await?;
        if self.scope_of_article(article).await? != self.scope_of_collection(collection)? {
            return Err(Error::ArticleNotFound(article.to_string()));
        }
        let words: String = question.chars().filter(|c| c.is_alphanumeric()).collect();
        let digest = sm3_hex(format!("{}\n{article}", words.to_lowercase()).as_bytes());
        let store = &self.0.store;
        let tx = store.begin().await?;
        if is_answer {
            let own = training_pairs::Entity::find()
                .filter(training_pairs::Column::CollectionId.eq(collection.as_str()))
                .count(&tx)
                .await
                .map_err(store::Error::from)?;
            if own >= MOST {
                return Err(Error::TooManyPairs);
            }
            let row = training_pairs::ActiveModel {
                collection_id: Set(collection.to_string()),
                digest: Set(digest),
                question: Set(question.trim().chars().take(LONGEST).collect()),
                article_id: Set(article.to_string()),
                marked_by: Set(cx.actor().label()),
                marked_at: Set(cx.now().as_millis()),
            };
            let known = [training_pairs::Column::CollectionId, training_pairs::Column::Digest];
            let known = OnConflict::columns(known).update_column(training_pairs::Column::MarkedAt).to_owned();
            let insert = training_pairs::Entity::insert(row).on_conflict(known);
            insert.exec_without_returning(&tx).await.map_err(store::Error::from)?;
        } else {
            training_pairs::Entity::delete_by_id((collection.to_string(), digest))
                .exec(&tx)
                .await
                .map_err(store::Error::from)?;
        }
        let record = cx.record(
            Deed::CollectionChanged,
            format!("collection:{collection}"),
            serde_json::json!({ "training_pair": article, "is_answer": is_answer }),
        );
        store.audit().append(&tx, record).await?;
        Ok(tx.commit().await?)
    }

    /// The pairs of a collection, newest first.
    pub async fn training_pairs(
        &self,
        cx: &Cx,
        permit: &Permit,
        collection: &CollectionId,
    ) -> Result<Vec<TrainingPair>> {
        Self::admit(cx, permit, &[Action::ImportDocuments], collection)?;
        let db = self.0.store.db();
        let rows = training_pairs::Entity::find()
            .filter(training_pairs::Column::CollectionId.eq(collection.as_str()))
            .order_by_desc(training_pairs::Column::MarkedAt)
            .order_by_asc(training_pairs::Column::Digest)
            .all(db)
            .await
            .map_err(store::Error::from)?;
        let mut texts: HashMap<String, articles::Model> = HashMap::new();
        // A statement names only so many values.
        for part in rows.chunks(500) {
            let ids = part.iter().map(|row| row.article_id.as_str());
            let found = articles::Entity::find().filter(articles::Column::Id.is_in(ids)).all(db);
            let found = found.await.map_err(store::Error::from)?;
            texts.extend(found.into_iter().map(|article| (article.id.clone(), article)));
        }
        let pair = |row: training_pairs::Model| {
            let article = texts.get(&row.article_id)?;
            Some(TrainingPair {
                query: row.question,
                positive: article.text.clone(),
                article_id: ArticleId::parse(&article.id).ok()?,
                label: article.label.clone(),
                marked_at: Timestamp::from_millis(row.marked_at),
            })
        };
        Ok(rows.into_iter().filter_map(pair).collect())
    }
}
