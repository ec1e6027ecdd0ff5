//! Hot issues with trend and map, and what the city sets.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::HeaderMap;
use identity::{Action, Scope};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::App;
use crate::http::body::Query;
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView, language};
use crate::views::hotspots::{
    CategoryCountView, DayCountView, HotIssueView, HotView, HotlineSettingsView, RegionCountView,
};

/// How far back.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct HotParameters {
    /// Days, 30 when absent, at most 366.
    days: Option<u32>,
}

/// Hot issues, how many appeals came each day, and where.
#[utoipa::path(get, path = "/api/v1/hotline/hot_issues", tag = "hotline", params(HotParameters),
    responses((status = 200, body = HotView), (status = "4XX", body = ProblemView)))]
pub async fn list(
    State(app): State<App>,
    Person(cx): Person,
    Query(parameters): Query<HotParameters>,
) -> Result<axum::Json<HotView>, Problem> {
    cx.permit(Action::ReadHotline, &Scope::Platform).map(drop)?;
    let hotline = &app.platform.hotline;
    let policy = hotline.policy();
    let days = parameters.days.unwrap_or(30).clamp(1, 366);
    let (issues, orders) = Box::pin(hotline.hot_issues(&cx, days)).await?;
    let mut by_day = BTreeMap::new();
    let first = cx.now().plus_secs(-i64::from(days) * 86_400).date();
    for day in std::iter::successors(first.tomorrow().ok(), |day| day.tomorrow().ok())
        .take_while(|day| *day <= cx.now().date())
    {
        by_day.insert(day, 0_usize);
    }
    let mut by_category: BTreeMap<String, usize> = BTreeMap::new();
    for order in &orders {
        *by_day.entry(order.received_at.date()).or_default() += 1;
        if let Some(category) = &order.category {
            *by_category.entry(category.code.clone()).or_default() += 1;
        }
    }
    let here = |region: &kernel::Region| {
        orders.iter().filter(|order| order.place.region.as_ref().is_some_and(|own| own == region)).count()
    };
    let regions = policy.gazetteer().home_divisions().into_iter().map(|(region, name, (longitude, latitude))| {
        RegionCountView { count: here(&region), region: region.to_string(), name, longitude, latitude }
    });
    let mut categories: Vec<CategoryCountView> = by_category
        .into_iter()
        .filter_map(|(code, count)| {
            Some(CategoryCountView { category: (&policy.taxonomy().category(&code)?).into(), count })
        })
        .collect();
    categories.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.category.code.cmp(&b.category.code)));
    categories.truncate(15);
    Ok(axum::Json(HotView {
        issues: issues.iter().take(30).map(|issue| HotIssueView::of(policy, issue)).collect(),
        days: by_day.into_iter().map(|(day, count)| DayCountView { day: day.to_string(), count }).collect(),
        regions: regions.collect(),
        categories,
        total: orders.len(),
    }))
}

/// What the city sets: categories, departments, limits, holidays.
#[utoipa::path(get, path = "/api/v1/hotline/settings", tag = "hotline",
    responses((status = 200, body = HotlineSettingsView), (status = "4XX", body = ProblemView)))]
pub async fn settings(
    State(app): State<App>,
    Person(cx): Person,
    headers: HeaderMap,
) -> Result<axum::Json<HotlineSettingsView>, Problem> {
    cx.permit(Action::ReadHotline, &Scope::Platform).map(drop)?;
    std::future::ready(Ok(axum::Json(HotlineSettingsView::of(app.platform.hotline.policy(), language(&headers))))).await
}
