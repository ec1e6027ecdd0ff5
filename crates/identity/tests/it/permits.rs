//! Who gets a permit for what, and with which ceiling.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};
use identity::{Action, Audience, Cx, Duty, RoleId, Roles, Scope, testing};
use kernel::ids::{CollectionId, DepartmentId, ScenarioId, VisitorId};
use kernel::{DataLevel, Fault, Region};
use proptest::prelude::*;

use crate::platform::{Platform, code, roles};

fn scenario(audience: Audience, allowed: &[&str], level: DataLevel) -> Scope {
    let roles = roles(allowed).into_iter().collect();
    Scope::Scenario { id: ScenarioId::parse("policy").unwrap(), audience, roles, level }
}

fn collection(level: DataLevel, region: &str, department: Option<&str>) -> Scope {
    Scope::Collection {
        id: CollectionId::parse("laws").unwrap(),
        level,
        region: Region::parse(region).unwrap(),
        department: department.map(|id| DepartmentId::parse(id).unwrap()),
    }
}

/// One line for each question: who, what, on what, and what is said to it.
fn check(questions: &[(&str, &Cx, Action, &Scope)], wanted: &Expect) {
    let mut text = String::new();
    for (who, cx, action, scope) in questions {
        let said = match cx.permit(*action, scope) {
            Ok(permit) => format!("up to {}", permit.ceiling()),
            Err(denied) => format!("{} ({})", denied.code(), denied.missing),
        };
        text += &format!("{who} {action}: {said}\n");
    }
    wanted.assert_eq(&text);
}

#[tokio::test]
async fn a_scenario_is_for_its_audience_and_its_roles() {
    let platform = Platform::empty().await;
    let (store, identity) = (&platform.store, &platform.identity);
    let visitor = identity.visitor(VisitorId::generate(store.ids()));
    let clerk = testing::person(store, "clerk", &["clerk"]).unwrap();
    let reviewer = testing::person(store, "reviewer", &["reviewer"]).unwrap();
    let auditor = testing::person(store, "auditor", &["auditor"]).unwrap();
    let nobody = testing::person(store, "nobody", &[]).unwrap();

    let public = scenario(Audience::Public, &[], DataLevel::Public);
    let internal = scenario(Audience::Internal, &[], DataLevel::Sensitive);
    let hotline = scenario(Audience::Internal, &["operator"], DataLevel::Internal);
    check(
        &[
            ("visitor in public", &visitor, Action::Ask, &public),
            ("clerk in public", &clerk, Action::Ask, &public),
            ("nobody in public", &nobody, Action::Ask, &public),
            ("auditor in public", &auditor, Action::Ask, &public),
            ("visitor in internal", &visitor, Action::Ask, &internal),
            ("clerk in internal", &clerk, Action::Ask, &internal),
            ("reviewer in internal", &reviewer, Action::Ask, &internal),
            ("reviewer in internal", &reviewer, Action::DecideReviews, &internal),
            ("clerk in internal", &clerk, Action::DecideReviews, &internal),
            ("clerk in hotline", &clerk, Action::Ask, &hotline),
            ("reviewer in hotline", &reviewer, Action::DecideReviews, &hotline),
        ],
        &expect![[r#"
            visitor in public ask: up to public
            clerk in public ask: up to public
            nobody in public ask: identity.role_missing (it takes one of the roles clerk, models, operator, review_lead, reviewer, steward)
            auditor in public ask: identity.role_missing (it takes one of the roles clerk, models, operator, review_lead, reviewer, steward)
            visitor in internal ask: identity.login_required (log in first)
            clerk in internal ask: up to internal
            reviewer in internal ask: up to sensitive
            reviewer in internal review.decide: up to sensitive
            clerk in internal review.decide: identity.role_missing (it takes one of the roles review_lead, reviewer)
            clerk in hotline ask: identity.role_missing (it takes one of the roles operator)
            reviewer in hotline review.decide: up to internal
        "#]],
    );
}

#[tokio::test]
async fn a_collection_is_fenced_by_level_region_and_owner() {
    let platform = Platform::empty().await;
    let (store, identity) = (&platform.store, &platform.identity);
    let visitor = identity.visitor(VisitorId::generate(store.ids()));
    let clerk = testing::person_in(store, "clerk", &["clerk"], &["agency", "approval"], "510100").unwrap();
    let steward = testing::person_in(store, "steward", &["steward"], &["agency", "data"], "510100").unwrap();

    let laws = collection(DataLevel::Public, "000000", None);
    let elsewhere = collection(DataLevel::Public, "330000", None);
    let city = "510100";
    let internal = |region: &str| collection(DataLevel::Internal, region, None);
    let owned = |level: DataLevel, owner: &str| collection(level, city, Some(owner));
    check(
        &[
            ("visitor, laws", &visitor, Action::ReadCollections, &laws),
            ("visitor, laws", &visitor, Action::Search, &laws),
            ("clerk, laws", &clerk, Action::Search, &laws),
            ("clerk, laws", &clerk, Action::ImportDocuments, &laws),
            ("steward, laws", &steward, Action::ImportDocuments, &laws),
            ("clerk, public of another province", &clerk, Action::Search, &elsewhere),
            ("steward, public of another province", &steward, Action::ImportDocuments, &elsewhere),
            ("visitor, internal", &visitor, Action::ReadCollections, &internal(city)),
            ("clerk, internal of the province", &clerk, Action::Search, &internal("510000")),
            ("clerk, internal of a district", &clerk, Action::Search, &internal("510104")),
            ("clerk, internal of another province", &clerk, Action::Search, &internal("330000")),
            ("clerk, internal of another department", &clerk, Action::Search, &owned(DataLevel::Internal, "data")),
            ("clerk, sensitive", &clerk, Action::Search, &collection(DataLevel::Sensitive, city, None)),
            ("steward, sensitive of the own", &steward, Action::Search, &owned(DataLevel::Sensitive, "data")),
            ("steward, sensitive of the agency", &steward, Action::Search, &owned(DataLevel::Sensitive, "agency")),
            ("steward, sensitive of another", &steward, Action::Search, &owned(DataLevel::Sensitive, "approval")),
            ("steward, public of another", &steward, Action::Search, &owned(DataLevel::Public, "approval")),
            ("steward, public of another", &steward, Action::ImportDocuments, &owned(DataLevel::Public, "approval")),
        ],
        &expect![[r#"
            visitor, laws collection.read: up to public
            visitor, laws search: identity.login_required (log in first)
            clerk, laws search: up to public
            clerk, laws document.import: identity.role_missing (it takes one of the roles steward)
            steward, laws document.import: up to public
            clerk, public of another province search: up to public
            steward, public of another province document.import: identity.other_region (it belongs to region 330000)
            visitor, internal collection.read: identity.login_required (log in first)
            clerk, internal of the province search: up to internal
            clerk, internal of a district search: up to internal
            clerk, internal of another province search: identity.other_region (it belongs to region 330000)
            clerk, internal of another department search: up to internal
            clerk, sensitive search: identity.level_too_low (it takes clearance sensitive, and this is internal)
            steward, sensitive of the own search: up to sensitive
            steward, sensitive of the agency search: up to sensitive
            steward, sensitive of another search: identity.other_department (it belongs to another department)
            steward, public of another search: up to public
            steward, public of another document.import: identity.other_department (it belongs to another department)
        "#]],
    );
}

#[tokio::test]
async fn a_second_role_does_not_lift_the_level_of_the_first() {
    let platform = Platform::empty().await;
    let both = testing::person(&platform.store, "both", &["models", "steward"]).unwrap();
    assert_eq!(both.clearance(), DataLevel::Sensitive);
    let sensitive = collection(DataLevel::Sensitive, "510100", None);
    check(
        &[("both", &both, Action::ManageModels, &Scope::Platform), ("both", &both, Action::Search, &sensitive)],
        &expect![[r#"
            both model.manage: up to internal
            both search: up to sensitive
        "#]],
    );
}

#[tokio::test]
async fn a_permit_serves_its_holder_and_its_action_only() {
    let platform = Platform::empty().await;
    let clerk = testing::person(&platform.store, "clerk", &["clerk"]).unwrap();
    let other = testing::person(&platform.store, "other", &["clerk"]).unwrap();
    let permit = clerk.permit(Action::Search, &collection(DataLevel::Public, "000000", None)).unwrap();
    assert!(permit.demand(&clerk, &[Action::Search, Action::Ask]).is_ok());
    assert_eq!(code(permit.demand(&clerk, &[Action::Ask])), "identity.wrong_permit");
    assert_eq!(code(permit.demand(&other, &[Action::Search])), "identity.wrong_permit");
}

/// A scope without its level.
#[derive(Clone, Debug)]
struct Shape {
    kind: u8,
    region: &'static str,
    department: Option<&'static str>,
    audience: Audience,
    allowed: Vec<&'static str>,
}

impl Shape {
    fn at(&self, level: DataLevel) -> Scope {
        match self.kind {
            0 => Scope::Platform,
            1 => scenario(self.audience, &self.allowed, level),
            _ => collection(level, self.region, self.department),
        }
    }
}

fn shapes() -> impl Strategy<Value = Shape> {
    let regions = prop::sample::select(vec!["000000", "510000", "510100", "510104", "330000"]);
    let departments = prop::sample::select(vec![None, Some("agency"), Some("data"), Some("approval")]);
    let audiences = prop::sample::select(vec![Audience::Public, Audience::Internal]);
    let allowed = prop::sample::subsequence(vec!["clerk", "operator", "reviewer", "steward"], 0..=4);
    (0..3u8, regions, departments, audiences, allowed).prop_map(|(kind, region, department, audience, allowed)| Shape {
        kind,
        region,
        department,
        audience,
        allowed,
    })
}

/// Who asks: nobody in particular, an administrator, or somebody with any of the other roles.
fn holders() -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![
        prop::sample::select(vec!["sysadmin", "security", "auditor"]).prop_map(|role| vec![role]),
        prop::sample::subsequence(vec!["clerk", "models", "operator", "reviewer", "steward"], 0..=5),
    ]
}

fn cx_of(platform: &Platform, held: &[&str]) -> Cx {
    testing::person_in(&platform.store, "someone", held, &["agency", "data"], "510100").unwrap()
}

#[test]
fn permits_are_monotone_in_level_and_in_roles() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let platform = runtime.block_on(Platform::empty());
    let actions = prop::sample::select(Action::ALL.to_vec());
    let levels = || prop::sample::select(DataLevel::ALL.to_vec());
    let extra = prop::sample::select(vec!["clerk", "models", "operator", "reviewer", "steward"]);
    proptest!(|(held in holders(), action in actions, shape in shapes(), a in levels(), b in levels(), extra in extra)| {
        let cx = cx_of(&platform, &held);
        let (low, high) = (a.min(b), a.max(b));
        let (at_low, at_high) = (cx.permit(action, &shape.at(low)), cx.permit(action, &shape.at(high)));
        // What is allowed at a level is allowed at every lower one, with no higher ceiling.
        if let Ok(high_permit) = &at_high {
            let low_permit = at_low.clone().unwrap();
            prop_assert!(low_permit.ceiling() <= high_permit.ceiling());
        }
        if let Ok(permit) = &at_low {
            prop_assert!(permit.ceiling() <= cx.clearance());
            prop_assert!(shape.kind == 0 || permit.ceiling() <= low);
        }
        // A permit's ceiling never passes what the roles that allow the action may see.
        let policy = Roles::embedded().unwrap();
        let held_roles = roles(&held);
        let allowing = held_roles.iter().filter_map(|id| policy.get(id)).filter(|role| role.actions.contains(&action));
        let best = allowing.map(|role| role.clearance).max();
        prop_assert!(at_low.as_ref().ok().map(identity::Permit::ceiling) <= best);
        // One more role takes nothing away.
        let mut more: BTreeSet<&str> = held.iter().copied().collect();
        more.insert(extra);
        if roles(&held).iter().all(|role| role.duty() == Duty::Business) {
            let richer = cx_of(&platform, &more.into_iter().collect::<Vec<_>>());
            if let Ok(permit) = &at_low {
                prop_assert!(richer.permit(action, &shape.at(low)).unwrap().ceiling() >= permit.ceiling());
            }
        }
    });
}

#[test]
fn no_administrator_gets_a_permit_outside_the_own_duty() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let platform = runtime.block_on(Platform::empty());
    let administrators = prop::sample::select(vec!["sysadmin", "security", "auditor"]);
    let others = prop::sample::subsequence(
        vec!["auditor", "clerk", "models", "operator", "reviewer", "security", "steward", "sysadmin"],
        0..=3,
    );
    proptest!(|(administrator in administrators, others in others, shape in shapes(), action in prop::sample::select(Action::ALL.to_vec()))| {
        let mut held = others.clone();
        held.push(administrator);
        let cx = cx_of(&platform, &held);
        let permit = cx.permit(action, &shape.at(DataLevel::Public));
        let duty = RoleId::parse(administrator).unwrap().duty();
        let alone = others.iter().all(|other| *other == administrator);
        // Beside any other role an administrator's role gives nothing at all.
        if !alone || !action.duties().contains(&duty) {
            prop_assert!(permit.is_err());
        }
    });
}
