//! Places outside that somebody asks for: a request with a reason, a decision by a security officer who did not ask,
//! an entry on the whitelist that counts at once. What was approved can be revoked.

use egress::{EntryText, Whitelist};
use identity::{Action, Cx, Permit};
use kernel::Timestamp;
use kernel::event::Deed;
use kernel::ids::PlaceRequestId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::sea_orm::ActiveValue::Set;
use store::sea_orm::sea_query::Expr;
use store::sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::tables::places::{self, Column, Entity};
use crate::{Error, Result, Security, actor_of, name_of, reasoned};

/// A place to ask for, as it would stand on the whitelist.
pub type NewPlace = EntryText;

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// It waits.
    Pending,
    /// Its place is on the whitelist.
    Approved,
    /// It is refused.
    Rejected,
    /// Its place was on the whitelist and is not any more.
    Revoked,
}

impl RequestState {
    /// The name in JSON and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Revoked => "revoked",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Approved, Self::Rejected, Self::Revoked].into_iter().find(|s| s.as_str() == text)
    }
}

/// A request for a place.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaceRequest {
    /// Which.
    pub id: PlaceRequestId,
    /// The place.
    pub place: NewPlace,
    /// Why it is needed.
    pub why: String,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// By whom.
    pub asked_by: String,
    /// Where it stands.
    pub state: RequestState,
    /// When it was decided last.
    pub decided_at: Option<Timestamp>,
    /// By whom.
    pub decided_by: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The account that asked.
    actor: String,
}

impl PlaceRequest {
    /// Whether the one who asks made this request.
    #[must_use]
    pub fn is_by(&self, cx: &Cx) -> bool {
        actor_of(cx).is_ok_and(|actor| actor == self.actor)
    }
}

fn read(row: places::Model) -> Result<PlaceRequest> {
    Ok(PlaceRequest {
        id: PlaceRequestId::parse(&row.id).map_err(|_| Error::Damaged)?,
        place: serde_json::from_str(&row.place).map_err(|_| Error::Damaged)?,
        why: row.why,
        asked_at: Timestamp::from_millis(row.asked_at),
        asked_by: row.name,
        state: RequestState::parse(&row.state).ok_or(Error::Damaged)?,
        decided_at: row.decided_at.map(Timestamp::from_millis),
        decided_by: row.decided_by,
        reason: row.reason,
        actor: row.actor,
    })
}

impl Security {
    /// The whitelist in force.
    #[must_use]
    pub fn whitelist(&self) -> Whitelist {
        self.inner.egress.whitelist()
    }

    /// Asks for a place. It is looked at as it would stand on the whitelist, so that nobody approves what cannot be.
    pub async fn request_place(&self, cx: &Cx, permit: &Permit, place: NewPlace, why: &str) -> Result<PlaceRequest> {
        permit.demand(cx, &[Action::RequestEgress])?;
        let why = reasoned(why)?;
        self.whitelist().with("request", std::slice::from_ref(&place)).map_err(Error::BadPlace)?;
        let id = PlaceRequestId::generate(cx.ids());
        let row = places::ActiveModel {
            id: Set(id.to_string()),
            place: Set(serde_json::to_string(&place).map_err(|_| Error::Damaged)?),
            why: Set(why.clone()),
            asked_at: Set(cx.now().as_millis()),
            actor: Set(actor_of(cx)?),
            name: Set(name_of(cx)),
            state: Set(RequestState::Pending.as_str().to_owned()),
            decided_at: Set(None),
            decided_by: Set(None),
            reason: Set(None),
        };
        let tx = self.store().begin().await?;
        let row = row.insert(&tx).await?;
        let details = json!({ "place": place.name, "state": "pending" });
        self.write_down(&tx, cx, Deed::PolicyChanged, &format!("egress:{id}"), &why, details).await?;
        tx.commit().await?;
        read(row)
    }

    /// Requests, the newest first: all for an officer, the own ones for anybody else.
    pub async fn place_requests(&self, cx: &Cx, permit: &Permit) -> Result<Vec<PlaceRequest>> {
        permit.demand(cx, &[Action::ReadPolicies, Action::RequestEgress])?;
        let mut query = Entity::find().order_by_desc(Column::AskedAt).limit(500);
        if permit.action() != Action::ReadPolicies {
            query = query.filter(Column::Actor.eq(actor_of(cx)?));
        }
        query.all(self.store().db()).await?.into_iter().map(read).collect()
    }

    /// Decides on a request, or revokes what was approved. Four eyes: never by the one who asked.
    pub async fn decide_place(
        &self,
        cx: &Cx,
        permit: &Permit,
        id: &PlaceRequestId,
        to: RequestState,
        reason: &str,
    ) -> Result<PlaceRequest> {
        permit.demand(cx, &[Action::ManagePolicies])?;
        let reason = reasoned(reason)?;
        if cx.user_id().is_none() {
            return Err(Error::PersonRequired);
        }
        let missing = || Error::NotFound { what: "request", id: id.to_string() };
        let tx = self.store().begin().await?;
        let request = read(Entity::find_by_id(id.as_str()).one(&tx).await?.ok_or_else(missing)?)?;
        // Taking a place away is safe whoever does it.
        if request.is_by(cx) && to != RequestState::Revoked {
            return Err(Error::OwnRequest);
        }
        let goes = matches!(
            (request.state, to),
            (RequestState::Pending, RequestState::Approved | RequestState::Rejected)
                | (RequestState::Approved, RequestState::Revoked)
        );
        if !goes {
            return Err(Error::Decided(request.state.as_str()));
        }
        if to == RequestState::Approved {
            self.whitelist().with("request", std::slice::from_ref(&request.place)).map_err(Error::BadPlace)?;
        }
        Entity::update_many()
            .col_expr(Column::State, Expr::value(to.as_str()))
            .col_expr(Column::DecidedAt, Expr::value(Some(cx.now().as_millis())))
            .col_expr(Column::DecidedBy, Expr::value(Some(name_of(cx))))
            .col_expr(Column::Reason, Expr::value(Some(reason.clone())))
            .filter(Column::Id.eq(id.as_str()))
            .exec(&tx)
            .await?;
        let details = json!({ "place": request.place.name, "host": request.place.host, "state": to });
        self.write_down(&tx, cx, Deed::PolicyChanged, &format!("egress:{id}"), &reason, details).await?;
        tx.commit().await?;
        self.follow().await?;
        read(Entity::find_by_id(id.as_str()).one(self.store().db()).await?.ok_or_else(missing)?)
    }

    /// Puts the approved places on the whitelist. One that the file meanwhile names itself is left to the file.
    pub(crate) async fn put_places_in_force(&self) -> Result<()> {
        let rows = Entity::find()
            .filter(Column::State.eq(RequestState::Approved.as_str()))
            .order_by_asc(Column::AskedAt)
            .all(self.store().db())
            .await?;
        let mut list = self.inner.listed.clone();
        for row in rows {
            let request = read(row)?;
            match list.with("request", std::slice::from_ref(&request.place)) {
                Ok(longer) => list = longer,
                Err(error) => tracing::warn!(request = %request.id, %error, "an approved place is not listed"),
            }
        }
        self.inner.egress.put_in_force(list);
        Ok(())
    }
}
