//! Kept policies: proposed by the machine, confirmed by a person, published; every version stays.

use entitlement::{
    Book, Clash, ConditionState, EnterprisePolicy, Impact, Match, Profile, ProposalNote, Source, SourceArticle,
    clashes, impact, propose,
};
use identity::{Action, Cx, Scope};
use kernel::event::Deed;
use kernel::ids::DocumentId;
use kernel::{Date, Region, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::Tx;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::Unentitled;
use super::tables::{policy, version};
use crate::{Assistant, Error};

/// The most policies that are kept and matched.
const MOST: u64 = 5_000;

/// How far a policy has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyState {
    /// Proposed or being edited; nobody is matched with it.
    Draft,
    /// A person confirmed it; enterprises are matched with it.
    Published,
    /// Taken back.
    Withdrawn,
}

impl PolicyState {
    /// The name in the store and in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Withdrawn => "withdrawn",
        }
    }

    fn parse(name: &str) -> Self {
        match name {
            "published" => Self::Published,
            "withdrawn" => Self::Withdrawn,
            _ => Self::Draft,
        }
    }
}

/// A policy as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPolicy {
    /// The record.
    pub policy: EnterprisePolicy,
    /// Its version, from 1.
    pub version: i32,
    /// How far it has come.
    pub state: PolicyState,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// One version of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyVersion {
    /// Its number.
    pub version: i32,
    /// How far it had come.
    pub state: PolicyState,
    /// When.
    pub changed_at: Timestamp,
    /// By whom: the actor's label.
    pub changed_by: String,
    /// The record.
    pub policy: EnterprisePolicy,
}

/// What the machine made of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decomposed {
    /// The drafts that were kept.
    pub policies: Vec<KeptPolicy>,
    /// What somebody should know.
    pub notes: Vec<ProposalNote>,
}

/// What a change of a policy does to the enterprises that are kept: their ids and names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PolicyImpact {
    /// How many enterprises were looked at.
    pub enterprises: usize,
    /// Those who meet it and did not before.
    pub gain: Vec<(String, String)>,
    /// Those who met it and no longer do.
    pub lose: Vec<(String, String)>,
    /// Those who met it and now lack a fact.
    pub must_supply: Vec<(String, String)>,
    /// Those who get more.
    pub more: Vec<(String, String)>,
    /// Those who get less.
    pub less: Vec<(String, String)>,
}

impl Assistant {
    /// Reads a policy's text into drafts and keeps them.
    pub async fn decompose(&self, cx: &Cx, source: Source) -> Result<Decomposed, Error> {
        cx.permit(Action::ManageEnterprisePolicies, &Scope::Platform).map(drop)?;
        let (_, fields) = self.matching(cx)?;
        if source.articles.iter().all(|article| article.text.trim().is_empty()) {
            return Err(Unentitled::NoText.into());
        }
        let proposal = propose(&fields, &source);
        let mut kept = Vec::with_capacity(proposal.policies.len());
        for mut policy in proposal.policies {
            policy.id = format!("ep-{}", cx.entropy().hex::<8>());
            kept.push(KeptPolicy { policy, version: 1, state: PolicyState::Draft, updated_at: cx.now() });
        }
        let rows = kept.clone();
        let title = source.title;
        cx.store()
            .write::<_, Error, _>(|tx| {
                Box::pin(async move {
                    for row in &rows {
                        put(tx, cx, row).await?;
                    }
                    let details = json!({ "policies": rows.len(), "step": "proposed" });
                    cx.store().audit().append(tx, cx.record(Deed::EnterprisePolicyChanged, title, details)).await?;
                    Ok(())
                })
            })
            .await?;
        Ok(Decomposed { policies: kept, notes: proposal.notes })
    }

    /// Reads a document of the knowledge base into drafts and keeps them.
    pub async fn decompose_document(&self, cx: &Cx, id: &DocumentId) -> Result<Decomposed, Error> {
        cx.permit(Action::ManageEnterprisePolicies, &Scope::Platform).map(drop)?;
        let scope = self.knowledge().scope_of_document(id).await?;
        let permit = cx.permit(Action::ReadCollections, &scope)?;
        let document = self.knowledge().document(cx, &permit, id).await?;
        let articles = self.knowledge().document_articles(cx, &permit, id, None).await?;
        let region = match &scope {
            Scope::Collection { region, .. } => Some(region.clone()),
            Scope::Platform | Scope::Scenario { .. } => None,
        };
        let text = |key: &str| document.metadata.get(key).and_then(|value| value.as_str()).map(str::to_owned);
        let source = Source {
            title: document.summary.title.clone(),
            issuer: text("issuer").unwrap_or_default(),
            doc_number: text("doc_number"),
            region: region.filter(|region| *region != Region::country()),
            articles: articles
                .into_iter()
                .map(|article| SourceArticle {
                    article_id: Some(article.id.to_string()),
                    label: article.label,
                    path: article.path,
                    text: article.text,
                })
                .collect(),
        };
        Box::pin(self.decompose(cx, source)).await
    }

    /// The kept policies; without the right to manage them only the published ones.
    pub async fn enterprise_policies(&self, cx: &Cx, state: Option<PolicyState>) -> Result<Vec<KeptPolicy>, Error> {
        self.matching(cx)?;
        let manages = cx.may(Action::ManageEnterprisePolicies, &Scope::Platform);
        let state = if manages { state } else { Some(PolicyState::Published) };
        self.kept(cx, state).await
    }

    pub(super) async fn kept(&self, cx: &Cx, state: Option<PolicyState>) -> Result<Vec<KeptPolicy>, Error> {
        let mut query = policy::Entity::find().order_by_asc(policy::Column::Id).limit(MOST);
        if let Some(state) = state {
            query = query.filter(policy::Column::State.eq(state.as_str()));
        }
        let rows = query.all(cx.store().db()).await.map_err(store::Error::from)?;
        let versions = version::Entity::find()
            .filter(version::Column::Id.is_in(rows.iter().map(|row| row.id.clone())))
            .all(cx.store().db())
            .await
            .map_err(store::Error::from)?;
        let mut kept = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(version) = versions.iter().find(|v| v.id == row.id && v.version == row.version) else { continue };
            kept.push(KeptPolicy {
                policy: read(&version.record)?,
                version: row.version,
                state: PolicyState::parse(&row.state),
                updated_at: Timestamp::from_millis(row.updated_at),
            });
        }
        Ok(kept)
    }

    /// One policy with its versions, the newest first; a draft only for those who manage policies.
    pub async fn enterprise_policy(&self, cx: &Cx, id: &str) -> Result<(KeptPolicy, Vec<PolicyVersion>), Error> {
        self.matching(cx)?;
        let missing = || Error::from(Unentitled::NoPolicy(id.to_owned()));
        let row = policy::Entity::find_by_id(id).one(cx.store().db()).await.map_err(store::Error::from)?;
        let row = row.ok_or_else(missing)?;
        let state = PolicyState::parse(&row.state);
        let manages = cx.may(Action::ManageEnterprisePolicies, &Scope::Platform);
        if state != PolicyState::Published && !manages {
            return Err(missing());
        }
        let rows = version::Entity::find()
            .filter(version::Column::Id.eq(id))
            .order_by_desc(version::Column::Version)
            .all(cx.store().db())
            .await
            .map_err(store::Error::from)?;
        let mut versions = Vec::with_capacity(rows.len());
        for row in rows {
            versions.push(PolicyVersion {
                version: row.version,
                state: PolicyState::parse(&row.state),
                changed_at: Timestamp::from_millis(row.changed_at),
                changed_by: row.changed_by,
                policy: read(&row.record)?,
            });
        }
        let newest = versions.iter().find(|v| v.version == row.version).ok_or_else(missing)?;
        let kept = KeptPolicy {
            policy: newest.policy.clone(),
            version: row.version,
            state,
            updated_at: Timestamp::from_millis(row.updated_at),
        };
        // A reader without the right sees the one that counts, not how it came to be.
        let versions = if manages { versions } else { Vec::new() };
        Ok((kept, versions))
    }

    /// Writes the next version of a policy. Publishing asks that a person decided on every condition.
    pub async fn change_enterprise_policy(
        &self,
        cx: &Cx,
        changed: EnterprisePolicy,
        expected: i32,
        state: PolicyState,
    ) -> Result<KeptPolicy, Error> {
        cx.permit(Action::ManageEnterprisePolicies, &Scope::Platform).map(drop)?;
        let (_, fields) = self.matching(cx)?;
        let changed = changed.settled(&fields);
        Book::new(&fields, vec![changed.clone()], cx.now().date())?;
        let undecided = changed.conditions.iter().filter(|c| c.state == ConditionState::Proposed).count();
        if state == PolicyState::Published && undecided > 0 {
            return Err(Unentitled::Undecided(undecided).into());
        }
        let kept = KeptPolicy { policy: changed, version: expected + 1, state, updated_at: cx.now() };
        let row = kept.clone();
        cx.store()
            .write::<_, Error, _>(|tx| {
                Box::pin(async move {
                    let found = policy::Entity::find_by_id(&row.policy.id).one(tx).await.map_err(store::Error::from)?;
                    let found = found.ok_or_else(|| Unentitled::NoPolicy(row.policy.id.clone()))?;
                    if found.version != expected {
                        return Err(Unentitled::Outdated { expected, is: found.version }.into());
                    }
                    put(tx, cx, &row).await?;
                    let details = json!({ "version": row.version, "state": row.state });
                    let record = cx.record(Deed::EnterprisePolicyChanged, &row.policy.id, details);
                    cx.store().audit().append(tx, record).await?;
                    Ok(())
                })
            })
            .await?;
        Ok(kept)
    }

    /// What changing a policy to this record would do to the enterprises that are kept.
    pub async fn policy_impact(&self, cx: &Cx, changed: &EnterprisePolicy) -> Result<PolicyImpact, Error> {
        cx.permit(Action::ManageEnterprisePolicies, &Scope::Platform).map(drop)?;
        let (_, fields) = self.matching(cx)?;
        let published = self.kept(cx, Some(PolicyState::Published)).await?;
        let old = published.iter().find(|kept| kept.policy.id == changed.id).map(|kept| &kept.policy);
        let enterprises = self.all_enterprises(cx).await?;
        let profiles: Vec<Profile> = enterprises.into_iter().map(|enterprise| enterprise.profile).collect();
        let Impact { gain, lose, must_supply, more, less } =
            impact(&fields, old, Some(changed), &profiles, cx.now().date())?;
        let named = |places: Vec<usize>| {
            let name = |at: usize| profiles.get(at).map(|profile| (profile.id.clone(), profile.name.clone()));
            places.into_iter().filter_map(name).collect()
        };
        Ok(PolicyImpact {
            enterprises: profiles.len(),
            gain: named(gain),
            lose: named(lose),
            must_supply: named(must_supply),
            more: named(more),
            less: named(less),
        })
    }

    /// The published policies that do not go together or contradict each other.
    pub async fn policy_clashes(&self, cx: &Cx) -> Result<(Vec<EnterprisePolicy>, Vec<Clash>), Error> {
        self.matching(cx)?;
        let policies: Vec<EnterprisePolicy> =
            self.kept(cx, Some(PolicyState::Published)).await?.into_iter().map(|kept| kept.policy).collect();
        let found = clashes(&policies);
        Ok((policies, found))
    }

    /// The published policies as a book for a day.
    pub async fn book(&self, cx: &Cx, day: Date) -> Result<Book, Error> {
        let (_, fields) = self.matching(cx)?;
        let policies = self.kept(cx, Some(PolicyState::Published)).await?;
        Ok(Book::new(&fields, policies.into_iter().map(|kept| kept.policy).collect(), day)?)
    }

    /// Every published policy for a profile, the best first. Nothing of the profile is kept.
    pub async fn match_profile(&self, cx: &Cx, profile: &Profile) -> Result<(Book, Vec<Match>), Error> {
        let book = self.book(cx, cx.now().date()).await?;
        let found = book.matches(profile)?;
        let details = json!({ "policies": found.len(), "enterprises": 1 });
        let record = cx.record(Deed::MatchingDone, "profile", details);
        cx.store()
            .write::<_, Error, _>(|tx| {
                Box::pin(async move {
                    cx.store().audit().append(tx, record).await?;
                    Ok(())
                })
            })
            .await?;
        Ok((book, found))
    }
}

async fn put(tx: &Tx<'_>, cx: &Cx, kept: &KeptPolicy) -> Result<(), Error> {
    let row = policy::ActiveModel {
        id: Set(kept.policy.id.clone()),
        version: Set(kept.version),
        state: Set(kept.state.as_str().to_owned()),
        title: Set(kept.policy.title.clone()),
        document: Set(kept.policy.document.clone()),
        updated_at: Set(kept.updated_at.as_millis()),
    };
    if kept.version == 1 {
        policy::Entity::insert(row).exec_without_returning(tx).await.map_err(store::Error::from)?;
    } else {
        policy::Entity::update(row).exec(tx).await.map_err(store::Error::from)?;
    }
    let version = version::ActiveModel {
        id: Set(kept.policy.id.clone()),
        version: Set(kept.version),
        state: Set(kept.state.as_str().to_owned()),
        record: Set(serde_json::to_string(&kept.policy).map_err(|source| Error::BadRecord { what: "policy", source })?),
        changed_at: Set(kept.updated_at.as_millis()),
        changed_by: Set(cx.actor().label()),
    };
    version::Entity::insert(version).exec_without_returning(tx).await.map_err(store::Error::from)?;
    Ok(())
}

fn read(record: &str) -> Result<EnterprisePolicy, Error> {
    serde_json::from_str(record).map_err(|source| Error::BadRecord { what: "policy", source })
}
