//! Who may decide on what: departments, competences, deputies, and the people there are.

use std::collections::BTreeSet;

use identity::{Action, Cx, Permit};
use kernel::event::Deed;
use kernel::ids::{DepartmentId, UserId};
use kernel::{Actor, DataLevel, Timestamp};
use serde::Serialize;
use serde_json::json;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::sea_query::OnConflict;
use store::sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use crate::item::Item;
use crate::tables::profiles;
use crate::{Error, Result, Reviews};

/// The most competences of one person, and the longest name of one.
const COMPETENCES: usize = 32;
const COMPETENCE_CHARS: usize = 40;

/// Somebody who may review at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewer {
    /// Who.
    pub id: UserId,
    /// The departments from the agency down to the person's own.
    pub departments: Vec<DepartmentId>,
    /// The highest level of an item the person may see.
    pub clearance: DataLevel,
}

/// What a reviewer can do beside the role, and who stands in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Profile {
    /// What the reviewer is competent for, such as `labour`.
    pub competences: BTreeSet<String>,
    /// Who decides instead while the reviewer is away.
    pub deputy: Option<UserId>,
    /// Since when the reviewer is away.
    pub away_from: Option<Timestamp>,
    /// Until when.
    pub away_until: Option<Timestamp>,
}

impl Profile {
    /// Whether the reviewer is away at this time.
    #[must_use]
    pub fn is_away(&self, now: Timestamp) -> bool {
        self.away_from.is_some_and(|from| from <= now) && self.away_until.is_none_or(|until| now < until)
    }

    fn read(row: &profiles::Model) -> Result<Self> {
        Ok(Self {
            competences: serde_json::from_str(&row.competences).map_err(|_| Error::Damaged)?,
            deputy: row.deputy.as_deref().map(UserId::parse).transpose().map_err(|_| Error::Damaged)?,
            away_from: row.away_from.map(Timestamp::from_millis),
            away_until: row.away_until.map(Timestamp::from_millis),
        })
    }
}

/// Whether the item is for somebody with these departments, this clearance and these competences. Pure.
pub(crate) fn fits(item: &Item, reviewer: &Reviewer, competences: &BTreeSet<String>) -> bool {
    if item.level > reviewer.clearance {
        return false;
    }
    let above = |department: &DepartmentId| reviewer.departments.contains(department);
    let escalated = item.escalated_at.is_some() && item.terms.escalate_to.as_ref().is_none_or(above);
    let here = item.department.as_ref().is_none_or(above);
    let able = item.competence.as_ref().is_none_or(|wanted| competences.contains(wanted));
    escalated || (here && able)
}

/// Whether somebody with this account asked for it, or has signed it already.
pub(crate) fn is_taken_part(item: &Item, who: &UserId) -> bool {
    let asked = matches!(&item.asker, Actor::User { id } if id == who);
    let signed = item.state.is_half_signed() && item.signed.as_ref().is_some_and(|first| first.by == *who);
    asked || signed
}

/// Everybody who may review, with their profiles: what the platform looks at to see whether an item can be decided.
#[derive(Debug, Clone, Default)]
pub(crate) struct Roster {
    reviewers: Vec<(Reviewer, Profile)>,
}

impl Roster {
    /// Whether somebody who is there can decide on the item, for themselves or as a deputy.
    pub(crate) fn has_somebody_for(&self, item: &Item, now: Timestamp) -> bool {
        let there = |id: &UserId| {
            self.reviewers.iter().any(|(r, p)| r.id == *id && r.clearance >= item.level && !p.is_away(now))
        };
        self.reviewers.iter().filter(|(r, p)| fits(item, r, &p.competences)).any(|(reviewer, profile)| {
            if !profile.is_away(now) {
                return !is_taken_part(item, &reviewer.id);
            }
            profile.deputy.as_ref().is_some_and(|deputy| there(deputy) && !is_taken_part(item, deputy))
        })
    }
}

impl Reviews {
    /// The profile of a reviewer; an empty one when there is none.
    pub async fn profile(&self, id: &UserId) -> Result<Profile> {
        self.profile_in(self.store.db(), id).await
    }

    pub(crate) async fn profile_in(&self, db: &impl ConnectionTrait, id: &UserId) -> Result<Profile> {
        let row = profiles::Entity::find_by_id(id.as_str()).one(db).await?;
        row.as_ref().map_or_else(|| Ok(Profile::default()), Profile::read)
    }

    /// Says who stands in for oneself, and when. Nobody stands in for himself.
    pub async fn set_absence(
        &self,
        cx: &Cx,
        permit: &Permit,
        deputy: Option<UserId>,
        away: Option<(Timestamp, Option<Timestamp>)>,
    ) -> Result<Profile> {
        permit.demand(cx, &[Action::DecideReviews])?;
        let me = cx.user_id().ok_or(Error::PersonRequired)?.clone();
        if deputy.as_ref() == Some(&me) || away.is_some_and(|(from, until)| until.is_some_and(|until| until <= from)) {
            return Err(Error::BadProfile);
        }
        let profile = Profile {
            deputy,
            away_from: away.map(|(from, _)| from),
            away_until: away.and_then(|(_, until)| until),
            ..self.profile(&me).await?
        };
        self.keep(cx, &me, &profile).await?;
        Ok(profile)
    }

    /// Says what somebody is competent for. Nobody says it of himself.
    pub async fn set_competences(
        &self,
        cx: &Cx,
        permit: &Permit,
        of: &UserId,
        competences: BTreeSet<String>,
    ) -> Result<Profile> {
        permit.demand(cx, &[Action::AssignReviews])?;
        let bad = |name: &String| name.trim().is_empty() || name.chars().count() > COMPETENCE_CHARS;
        if cx.user_id() == Some(of) || competences.len() > COMPETENCES || competences.iter().any(bad) {
            return Err(Error::BadProfile);
        }
        let profile = Profile { competences, ..self.profile(of).await? };
        self.keep(cx, of, &profile).await?;
        Ok(profile)
    }

    async fn keep(&self, cx: &Cx, of: &UserId, profile: &Profile) -> Result<()> {
        let row = profiles::ActiveModel {
            user_id: Set(of.as_str().to_owned()),
            competences: Set(json!(profile.competences).to_string()),
            deputy: Set(profile.deputy.as_ref().map(|id| id.as_str().to_owned())),
            away_from: Set(profile.away_from.map(Timestamp::as_millis)),
            away_until: Set(profile.away_until.map(Timestamp::as_millis)),
        };
        let mut replace = OnConflict::column(profiles::Column::UserId);
        replace.update_columns([
            profiles::Column::Competences,
            profiles::Column::Deputy,
            profiles::Column::AwayFrom,
            profiles::Column::AwayUntil,
        ]);
        let tx = self.store.begin().await?;
        profiles::Entity::insert(row).on_conflict(replace).exec_without_returning(&tx).await?;
        let record = cx.record(Deed::ReviewerChanged, of.as_str().to_owned(), json!(profile));
        self.store.audit().append(&tx, record).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether the item is for this person: by department and competence, or as somebody's deputy.
    pub(crate) async fn is_for(
        &self,
        db: &impl ConnectionTrait,
        cx: &Cx,
        permit: &Permit,
        item: &Item,
    ) -> Result<bool> {
        let Some(person) = cx.person() else { return Ok(false) };
        let me = Reviewer {
            id: person.id.clone(),
            departments: person.department.path.clone(),
            clearance: permit.ceiling(),
        };
        let mine = match &item.competence {
            None => BTreeSet::new(),
            Some(_) => self.profile_in(db, &me.id).await?.competences,
        };
        if fits(item, &me, &mine) {
            return Ok(true);
        }
        if item.level > me.clearance {
            return Ok(false);
        }
        let principals = self.principals_in(db, &me.id, cx.now()).await?;
        if principals.is_empty() {
            return Ok(false);
        }
        let roster = self.roster(item.kind.decide_action()).await?;
        Ok(roster
            .reviewers
            .iter()
            .any(|(reviewer, profile)| principals.contains(&reviewer.id) && fits(item, reviewer, &profile.competences)))
    }

    /// Those whose deputy this person is now.
    pub(crate) async fn principals_in(
        &self,
        db: &impl ConnectionTrait,
        me: &UserId,
        now: Timestamp,
    ) -> Result<BTreeSet<UserId>> {
        let rows = profiles::Entity::find().filter(profiles::Column::Deputy.eq(me.as_str())).all(db).await?;
        let mut found = BTreeSet::new();
        for row in rows {
            if Profile::read(&row)?.is_away(now) {
                found.insert(UserId::parse(&row.user_id).map_err(|_| Error::Damaged)?);
            }
        }
        Ok(found)
    }

    /// Everybody who may decide, with their profiles.
    pub(crate) async fn roster(&self, action: Action) -> Result<Roster> {
        let Some(identity) = &self.identity else { return Ok(Roster::default()) };
        let people = identity.people_who(action).await?;
        let rows = profiles::Entity::find().all(self.store.db()).await?;
        let mut reviewers = Vec::with_capacity(people.len());
        for (person, clearance) in people {
            let profile = rows.iter().find(|row| row.user_id == person.id.as_str());
            let profile = profile.map_or_else(|| Ok(Profile::default()), Profile::read)?;
            let departments = person.department.path.clone();
            reviewers.push((Reviewer { id: person.id, departments, clearance }, profile));
        }
        Ok(Roster { reviewers })
    }

    /// The departments and competences this person decides for now: their own and those of whom they stand in for.
    pub(crate) async fn reach(&self, cx: &Cx) -> Result<Vec<(Vec<DepartmentId>, BTreeSet<String>)>> {
        let Some(person) = cx.person() else { return Ok(Vec::new()) };
        let own = self.profile(&person.id).await?.competences;
        let mut reach = vec![(person.department.path.clone(), own)];
        let principals = self.principals_in(self.store.db(), &person.id, cx.now()).await?;
        if !principals.is_empty() {
            let roster = self.roster(Action::DecideReviews).await?;
            let theirs = roster.reviewers.into_iter().filter(|(reviewer, _)| principals.contains(&reviewer.id));
            reach.extend(theirs.map(|(reviewer, profile)| (reviewer.departments, profile.competences)));
        }
        Ok(reach)
    }
}
