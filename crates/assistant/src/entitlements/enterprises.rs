//! Kept enterprises: by form or table. The credit code says who is who; equal names are told and never merged.

use entitlement::{Imported, Profile, TableProblem, read_table};
use identity::{Action, Cx, Scope};
use kernel::Timestamp;
use kernel::event::Deed;
use serde_json::json;
use store::Tx;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::Unentitled;
use super::tables::enterprise;
use crate::{Assistant, Error};

/// How many rows are written in one transaction, so that other writers get their turn.
const CHUNK: usize = 500;

/// An enterprise as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enterprise {
    /// Its id: its credit code, or one that was given.
    pub id: String,
    /// What is known of it.
    pub profile: Profile,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Kept enterprises that have the name of one that comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SameName {
    /// The name.
    pub name: String,
    /// The ids that have it.
    pub ids: Vec<String>,
}

/// What came of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnterpriseImport {
    /// How many were added.
    pub added: usize,
    /// How many were known by their code and have new facts.
    pub changed: usize,
    /// What is wrong with the table.
    pub problems: Vec<TableProblem>,
    /// Names that others have too.
    pub same_names: Vec<SameName>,
}

impl Assistant {
    /// Keeps the enterprises of a table; rows that cannot be read are told and left out.
    pub async fn import_enterprises(&self, cx: &Cx, rows: &[Vec<String>]) -> Result<EnterpriseImport, Error> {
        cx.permit(Action::ManageEnterprises, &Scope::Platform).map(drop)?;
        let (_, fields) = self.matching(cx)?;
        let Imported { profiles, problems } = read_table(&fields, rows);
        let mut import = EnterpriseImport { problems, ..EnterpriseImport::default() };
        for chunk in profiles.chunks(CHUNK) {
            let chunk: Vec<Profile> = chunk.iter().map(|(_, profile)| profile.clone()).collect();
            let (added, changed, same) = Box::pin(self.put_enterprises(cx, chunk)).await?;
            import.added += added;
            import.changed += changed;
            import.same_names.extend(same);
        }
        Ok(import)
    }

    /// Keeps one enterprise; says who else has its name.
    pub async fn keep_enterprise(&self, cx: &Cx, profile: Profile) -> Result<(Enterprise, Option<SameName>), Error> {
        cx.permit(Action::ManageEnterprises, &Scope::Platform).map(drop)?;
        let (_, fields) = self.matching(cx)?;
        profile.check(&fields)?;
        let mut profile = profile.settled(&fields);
        if profile.id.is_empty() {
            profile.id = profile.credit_code.clone().unwrap_or_else(|| format!("ent-{}", cx.entropy().hex::<8>()));
        }
        let (_, _, same) = Box::pin(self.put_enterprises(cx, vec![profile.clone()])).await?;
        let kept = Enterprise { id: profile.id.clone(), profile, updated_at: cx.now() };
        Ok((kept, same.into_iter().next()))
    }

    async fn put_enterprises(&self, cx: &Cx, profiles: Vec<Profile>) -> Result<(usize, usize, Vec<SameName>), Error> {
        let now = cx.now().as_millis();
        cx.store()
            .write::<_, Error, _>(|tx| {
                Box::pin(async move {
                    let (mut added, mut changed, mut same) = (0, 0, Vec::new());
                    for mut profile in profiles {
                        // INVARIANT: the id of an enterprise with a code is its code, so that nobody is kept twice.
                        if let Some(code) = &profile.credit_code {
                            profile.id.clone_from(code);
                        } else if profile.id.starts_with("row-") {
                            profile.id = format!("ent-{}", cx.entropy().hex::<8>());
                        }
                        let known =
                            enterprise::Entity::find_by_id(&profile.id).one(tx).await.map_err(store::Error::from)?;
                        if known.is_none()
                            && let Some(found) = named_alike(tx, &profile).await?
                        {
                            same.push(found);
                        }
                        let row = enterprise::ActiveModel {
                            id: Set(profile.id.clone()),
                            credit_code: Set(profile.credit_code.clone()),
                            name: Set(profile.name.clone()),
                            record: Set(serde_json::to_string(&profile)
                                .map_err(|source| Error::BadRecord { what: "enterprise", source })?),
                            updated_at: Set(now),
                        };
                        if known.is_some() {
                            enterprise::Entity::update(row).exec(tx).await.map_err(store::Error::from)?;
                            changed += 1;
                        } else {
                            enterprise::Entity::insert(row)
                                .exec_without_returning(tx)
                                .await
                                .map_err(store::Error::from)?;
                            added += 1;
                        }
                    }
                    let record = cx.record(
                        Deed::EnterpriseChanged,
                        "enterprises".to_owned(),
                        json!({ "added": added, "changed": changed, "same_names": same.len() }),
                    );
                    cx.store().audit().append(tx, record).await?;
                    Ok((added, changed, same))
                })
            })
            .await
    }

    /// The kept enterprises whose name or code contains `words`, by id, after a cursor.
    pub async fn enterprises(
        &self,
        cx: &Cx,
        words: Option<&str>,
        after: Option<&str>,
        limit: u64,
    ) -> Result<Vec<Enterprise>, Error> {
        cx.permit(Action::ManageEnterprises, &Scope::Platform).map(drop)?;
        let mut query = enterprise::Entity::find().order_by_asc(enterprise::Column::Id).limit(limit);
        if let Some(words) = words.map(str::trim).filter(|words| !words.is_empty()) {
            let either = Condition::any()
                .add(enterprise::Column::Name.contains(words))
                .add(enterprise::Column::CreditCode.contains(words.to_uppercase()));
            query = query.filter(either);
        }
        if let Some(after) = after {
            query = query.filter(enterprise::Column::Id.gt(after));
        }
        let rows = query.all(cx.store().db()).await.map_err(store::Error::from)?;
        rows.into_iter().map(kept).collect()
    }

    pub(super) async fn all_enterprises(&self, cx: &Cx) -> Result<Vec<Enterprise>, Error> {
        let query = enterprise::Entity::find().order_by_asc(enterprise::Column::Id);
        let rows = query.all(cx.store().db()).await.map_err(store::Error::from)?;
        rows.into_iter().map(kept).collect()
    }

    /// One kept enterprise.
    pub async fn enterprise(&self, cx: &Cx, id: &str) -> Result<Enterprise, Error> {
        cx.permit(Action::ManageEnterprises, &Scope::Platform).map(drop)?;
        let row = enterprise::Entity::find_by_id(id).one(cx.store().db()).await.map_err(store::Error::from)?;
        kept(row.ok_or_else(|| Unentitled::NoEnterprise(id.to_owned()))?)
    }
}

async fn named_alike(tx: &Tx<'_>, profile: &Profile) -> Result<Option<SameName>, Error> {
    if profile.name.is_empty() {
        return Ok(None);
    }
    let rows = enterprise::Entity::find()
        .filter(enterprise::Column::Name.eq(&profile.name))
        .order_by_asc(enterprise::Column::Id)
        .limit(20)
        .all(tx)
        .await
        .map_err(store::Error::from)?;
    let ids: Vec<String> = rows.into_iter().map(|row| row.id).filter(|id| *id != profile.id).collect();
    Ok((!ids.is_empty()).then(|| SameName { name: profile.name.clone(), ids }))
}

fn kept(row: enterprise::Model) -> Result<Enterprise, Error> {
    let profile =
        serde_json::from_str(&row.record).map_err(|source| Error::BadRecord { what: "enterprise", source })?;
    Ok(Enterprise { id: row.id, profile, updated_at: Timestamp::from_millis(row.updated_at) })
}
