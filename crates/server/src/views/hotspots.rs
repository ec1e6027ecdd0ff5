//! Views of hot issues, and of what the city sets for its hotline.

use assistant::phrases::Language;
use hotline::{HotIssue, Limit, Policy};
use serde::Serialize;
use utoipa::ToSchema;

use crate::views::hotline::{CategoryView, DepartmentNameView, department};

/// How many appeals came on a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct DayCountView {
    /// The day.
    pub day: String,
    /// How many.
    pub count: usize,
}

/// A hot issue.
#[derive(Debug, Serialize, ToSchema)]
pub struct HotIssueView {
    /// The summary of the appeal most like the others.
    pub title: String,
    /// Its category.
    pub category: Option<CategoryView>,
    /// The division most of them name.
    pub region: Option<String>,
    /// Its place in words.
    pub place: String,
    /// How hot.
    pub heat: f64,
    /// How many appeals.
    pub count: usize,
    /// The work orders, the oldest first.
    pub orders: Vec<String>,
    /// When the first came.
    pub first_at: String,
    /// When the last came.
    pub last_at: String,
    /// How many came in the last seven days.
    pub last_week: usize,
    /// How many came in the seven days before.
    pub week_before: usize,
    /// How many came each day.
    pub days: Vec<DayCountView>,
}

/// A division of the city with its appeals.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegionCountView {
    /// Its code.
    pub region: String,
    /// Its name.
    pub name: String,
    /// The longitude of its seat.
    pub longitude: f64,
    /// The latitude of its seat.
    pub latitude: f64,
    /// How many appeals.
    pub count: usize,
}

/// Appeals of a category.
#[derive(Debug, Serialize, ToSchema)]
pub struct CategoryCountView {
    /// The category.
    pub category: CategoryView,
    /// How many appeals.
    pub count: usize,
}

/// Hot issues, trend and map of some days.
#[derive(Debug, Serialize, ToSchema)]
pub struct HotView {
    /// The hot issues, the hottest first.
    pub issues: Vec<HotIssueView>,
    /// How many appeals came each day.
    pub days: Vec<DayCountView>,
    /// The divisions of the city.
    pub regions: Vec<RegionCountView>,
    /// The categories, the most frequent first.
    pub categories: Vec<CategoryCountView>,
    /// How many appeals in all.
    pub total: usize,
}

impl HotIssueView {
    /// A hot issue with its category's name.
    #[must_use]
    pub fn of(policy: &Policy, issue: &HotIssue) -> Self {
        let category = issue.category.as_ref().and_then(|code| policy.taxonomy().category(code));
        Self {
            title: issue.title.clone(),
            category: category.as_ref().map(Into::into),
            region: issue.region.as_ref().map(ToString::to_string),
            place: issue.place.clone(),
            heat: issue.heat,
            count: issue.orders.len(),
            orders: issue.orders.clone(),
            first_at: issue.first_at.to_string(),
            last_at: issue.last_at.to_string(),
            last_week: issue.lately.0,
            week_before: issue.lately.1,
            days: issue.days.iter().map(|(day, count)| DayCountView { day: day.to_string(), count: *count }).collect(),
        }
    }
}

/// A limit of time.
#[derive(Debug, Serialize, ToSchema)]
pub struct LimitView {
    /// What it limits, such as `dispatch` or `handle.complaint`.
    pub what: String,
    /// `hours` or `working_days`.
    pub unit: String,
    /// How many.
    pub count: u32,
}

/// What the city sets.
#[derive(Debug, Serialize, ToSchema)]
pub struct HotlineSettingsView {
    /// The categories.
    pub categories: Vec<CategoryView>,
    /// The departments.
    pub departments: Vec<DepartmentNameView>,
    /// The limits of time.
    pub limits: Vec<LimitView>,
    /// The years whose holidays are known.
    pub years: Vec<i16>,
    /// The divisions of the city: code and name.
    pub regions: Vec<DepartmentNameView>,
}

impl HotlineSettingsView {
    /// What the city sets, in the reader's language.
    #[must_use]
    pub fn of(policy: &Policy, language: Language) -> Self {
        let limit = |what: &str, limit: Limit| {
            let (unit, count) = match limit {
                Limit::Hours(count) => ("hours", count),
                Limit::WorkingDays(count) => ("working_days", count),
            };
            LimitView { what: what.to_owned(), unit: unit.to_owned(), count }
        };
        let leaves = policy.taxonomy().leaves().iter();
        Self {
            categories: leaves.filter_map(|leaf| policy.taxonomy().category(&leaf.code)).map(|c| (&c).into()).collect(),
            departments: policy.departments().iter().map(|d| department(policy, &d.id, language)).collect(),
            limits: policy.clocks().all().into_iter().map(|(what, one)| limit(what, one)).collect(),
            years: policy.calendar().years(),
            regions: policy
                .gazetteer()
                .home_divisions()
                .into_iter()
                .map(|(region, name, _)| DepartmentNameView { id: region.to_string(), name })
                .collect(),
        }
    }
}
