//! The electronic fence: the matrix of the policies that ship, why, mistakes by file and line, versions in the store.

use expect_test::{expect, expect_file};
use identity::fence::{Inquiry, Object, Policies, Subject, policies::join};
use identity::{Action, Audience, Cx, Fence, Scope, Zone, testing};
use kernel::ids::{CollectionId, DepartmentId, VisitorId};
use kernel::{DataLevel, Fault as _, Region};

use crate::platform::{Platform, code, permit};

const SHIPPED: [(&str, &str); 3] = [
    ("10-people.cedar", include_str!("../../../../policies/fence/10-people.cedar")),
    ("20-places.cedar", include_str!("../../../../policies/fence/20-places.cedar")),
    ("30-models.cedar", include_str!("../../../../policies/fence/30-models.cedar")),
];

fn region(code: &str) -> Region {
    Region::parse(code).unwrap()
}

fn collection(level: DataLevel, at: &str, department: Option<&str>) -> Object {
    Object::Collection { id: "c".to_owned(), level, region: region(at), department: department.map(str::to_owned) }
}

fn subject(id: &str) -> Subject {
    let signed_in = id != "visitor";
    let (departments, at) = if signed_in { (vec!["city", "data"], "510100") } else { (vec![], "000000") };
    Subject {
        id: id.to_owned(),
        signed_in,
        roles: [if signed_in { id } else { "citizen" }.to_owned()].into(),
        departments: departments.into_iter().map(str::to_owned).collect(),
        region: region(at),
    }
}

fn inquiry(who: &str, action: &str, object: Object, zone: Zone) -> Inquiry {
    let audience = match &object {
        Object::Scenario { audience, .. } => Some(*audience),
        _ => Some(Audience::Public),
    };
    Inquiry {
        subject: subject(who),
        action: action.to_owned(),
        level: object.level(),
        object,
        zone,
        hour: 10,
        weekday: 3,
        clearance: DataLevel::Sensitive,
        scenario: String::new(),
        audience,
    }
}

/// The whole matrix of the policies that ship, beside the one that is committed: a change of a policy is a readable
/// difference of that file.
#[test]
fn what_the_policies_that_ship_say_to_everybody_everywhere() {
    let fence = Fence::shipped().unwrap();
    let scenario = |level, audience| Object::Scenario { id: "s".to_owned(), level, audience };
    let model = |generative, filed, level| Object::Model { id: "m".to_owned(), level, generative, filed };
    let (public, internal, sensitive) = (DataLevel::Public, DataLevel::Internal, DataLevel::Sensitive);
    let city = "510100";
    let rows: Vec<(&str, &str, Object)> = vec![
        ("ask in a public scenario", "ask", scenario(public, Audience::Public)),
        ("ask in an internal scenario", "ask", scenario(internal, Audience::Internal)),
        ("ask in a sensitive scenario", "ask", scenario(sensitive, Audience::Internal)),
        ("rate an answer for the public", "feedback.give", scenario(public, Audience::Public)),
        ("find in a public collection", "retrieve", collection(public, "000000", None)),
        ("find in an internal one", "retrieve", collection(internal, city, None)),
        ("find in an internal one of a district", "retrieve", collection(internal, "510104", None)),
        ("find in an internal one elsewhere", "retrieve", collection(internal, "330000", None)),
        ("find in a sensitive one of the own", "retrieve", collection(sensitive, city, Some("data"))),
        ("find in a sensitive one of others", "retrieve", collection(sensitive, city, Some("other"))),
        ("search a public collection", "search", collection(public, "000000", None)),
        ("read an internal collection", "collection.read", collection(internal, city, None)),
        ("import into a public one", "document.import", collection(public, city, None)),
        ("import into a public one elsewhere", "document.import", collection(public, "330000", None)),
        ("import into a public one of others", "document.import", collection(public, city, Some("other"))),
        ("decide on drafts", "review.decide", Object::Platform),
        ("take calls of the hotline", "hotline.take", Object::Platform),
        ("see a caller's number", "hotline.reveal", Object::Platform),
        ("keep enterprises", "enterprise.manage", Object::Platform),
        ("publish policies for enterprises", "enterprise_policy.manage", Object::Platform),
        ("build scenarios", "scenario.build", Object::Platform),
        ("keep corrections", "correction.manage", Object::Platform),
        ("score answers", "answer.score", Object::Platform),
        ("switch off and on", "switch.throw", Object::Platform),
        ("change models", "model.manage", Object::Platform),
        ("ask for a place outside", "egress.request", Object::Platform),
        ("manage accounts", "account.manage", Object::Platform),
        ("grant roles", "role.grant", Object::Platform),
        ("change the fence", "policy.manage", Object::Platform),
        ("read the audit log", "audit.read", Object::Platform),
        ("take a copy of the audit log", "audit.export", Object::Platform),
        ("use the built-in backend", "generate", model(false, false, sensitive)),
        ("use a filed model", "generate", model(true, true, internal)),
        ("use a model that is not filed", "generate", model(true, false, internal)),
    ];
    let mut text = "# Who may, by the policies of policies/fence alone (a role must allow it as well).\n\
                    # Zones: M machine, I intranet, E extranet, N internet. People: a visitor, and one with an account.\n"
        .to_owned();
    for (name, action, object) in rows {
        for who in ["visitor", "steward"] {
            let mut zones = String::new();
            let mut why = std::collections::BTreeSet::new();
            for (zone, letter) in Zone::ALL.into_iter().zip(['M', 'I', 'E', 'N']) {
                let said = fence.decide(&inquiry(who, action, object.clone(), zone));
                zones.push(if said.allowed { letter } else { '.' });
                if !said.allowed {
                    why.extend(said.because.iter().cloned());
                }
            }
            let why: Vec<String> = why.into_iter().collect();
            let why = if why.is_empty() { String::new() } else { format!("  forbidden by {}", why.join(", ")) };
            text += format!("{zones}  {who:8}  {name} ({action}){why}").trim_end();
            text.push('\n');
        }
    }
    expect_file!["../fence-matrix.txt"].assert_eq(&text);
}

#[test]
fn every_action_of_the_program_can_be_spoken_of() {
    let policy = |action: &Action| {
        format!("@id(\"{action}\")\n@title(\"t\")\npermit (principal, action == Action::\"{action}\", resource);\n")
    };
    let all: String = Action::ALL.iter().map(policy).collect();
    assert_eq!(Policies::parse(&all).unwrap().clauses().len(), Action::ALL.len());
}

/// A new action is covered without a policy of its own: staff near, nobody far, and no stranger on the platform.
#[test]
fn every_action_is_for_staff_inside_and_for_nobody_on_the_internet() {
    let fence = Fence::shipped().unwrap();
    let may = |who: &str, action: &Action, zone: Zone| {
        fence.decide(&inquiry(who, action.code(), Object::Platform, zone)).allowed
    };
    for action in Action::ALL {
        assert!(may("steward", action, Zone::Machine) && may("steward", action, Zone::Intranet), "{action}");
        assert!(!may("steward", action, Zone::Internet), "{action}");
        assert!(Zone::ALL.into_iter().all(|zone| !may("visitor", action, zone)), "{action}");
    }
}

#[test]
fn a_decision_says_which_policies_and_what_they_looked_at() {
    let fence = Fence::shipped().unwrap();
    let explain = |inquiry: &Inquiry| {
        let said = fence.explain(inquiry);
        let because: Vec<String> = said.because.iter().map(|clause| clause.id.clone()).collect();
        let facts: Vec<String> = said.facts.iter().map(|fact| format!("{}={}", fact.name, fact.value)).collect();
        format!("{} [{}] {}\n", said.allowed, because.join(", "), facts.join(" "))
    };
    let internal = collection(DataLevel::Internal, "510100", None);
    let mut text = explain(&inquiry("steward", "retrieve", internal.clone(), Zone::Internet));
    text += &explain(&inquiry("steward", "retrieve", internal.clone(), Zone::Extranet));
    text += &explain(&inquiry("visitor", "retrieve", internal, Zone::Intranet));
    expect![[r#"
        false [zone.internal] context.zone=internet resource.level=internal
        true [people.work] action=retrieve context.zone=extranet principal.signed_in=true
        false [] action=retrieve context.audience=public context.clearance=sensitive context.hour=10 context.level=internal context.scenario= context.weekday=3 context.zone=intranet principal=visitor principal.departments= principal.region=000000 principal.roles=citizen principal.signed_in=false resource=Collection c resource.level=internal resource.region=510100 resource.department=
    "#]].assert_eq(&text);
}

#[test]
fn time_and_scenario_count_when_a_policy_says_so() {
    let mut files: Vec<(String, String)> =
        SHIPPED.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
    let night = "@id(\"time.office\")\n@title(\"t\")\nforbid (principal, action == Action::\"ask\", resource is Scenario)\n\
                 when { context.scenario == \"s\" && (context.hour < 8 || context.weekday > 5) };\n";
    files.push(("40-time.cedar".to_owned(), night.to_owned()));
    let fence = Fence::new(Policies::parse(&join(&files)).unwrap());
    let ask = |hour, weekday, scenario: &str| {
        let object =
            Object::Scenario { id: scenario.to_owned(), level: DataLevel::Internal, audience: Audience::Internal };
        let asked = inquiry("clerk", "ask", object, Zone::Intranet);
        fence.decide(&Inquiry { hour, weekday, scenario: scenario.to_owned(), ..asked }).allowed
    };
    assert!(ask(10, 1, "s") && !ask(7, 1, "s") && !ask(10, 6, "s") && ask(7, 6, "other"));
}

#[test]
fn mistakes_are_told_by_file_and_line() {
    let check = |from: &str, to: &str| {
        let files: Vec<(String, String)> =
            SHIPPED.iter().map(|(file, text)| ((*file).to_owned(), text.replacen(from, to, 1))).collect();
        assert!(SHIPPED.iter().any(|(_, text)| text.contains(from)), "{from}");
        format!("{}\n", Policies::parse(&join(&files)).unwrap_err())
    };
    let mut text = check("principal in resource.department };", "principal in resource.department ");
    text += &check("context.zone == \"internet\" };", "context.zon == \"internet\" };");
    text += &check("resource.level > 1 }", "resource.level > \"high\" }");
    text += &check("Action::\"generate\"", "Action::\"invent\"");
    text += &check("@id(\"zone.sensitive\")\n", "");
    text += &check("@id(\"zone.sensitive\")", "@id(\"zone.internal\")");
    text += &check("@missing(\"region\")", "@mising(\"region\")");
    text += &check("forbid (principal, action, resource)", "forbid (principal action, resource)");
    text += &format!("{}\n", Policies::parse("// nothing\n").unwrap_err());
    text += &format!("{}\n", Policies::parse("permit").unwrap_err());
    expect![[r#"
        30-models.cedar:3: unexpected token `@`
        20-places.cedar:9: `zone.internal`: attribute `zon` in context not found
        20-places.cedar:16: `zone.sensitive`: unexpected type: expected Long but saw String
        30-models.cedar:7: `model.use`: unrecognized action `Action::"invent"`
        20-places.cedar:11: a policy begins with `@id("…")` and `@title("…")`
        20-places.cedar:11: `zone.internal` is the `@id` of two policies
        20-places.cedar:18: `@mising` is none of @id, @missing, @says, @title, @title_en
        20-places.cedar:8: unexpected token `action`
        fence.cedar: there is no policy: nothing at all would be permitted
        fence.cedar:1: unexpected end of input
    "#]]
    .assert_eq(&text);
}

#[test]
fn nothing_is_permitted_that_no_policy_permits() {
    let text = "@id(\"a\")\n@title(\"t\")\npermit (principal, action == Action::\"ask\", resource is Scenario);\n";
    let fence = Fence::new(Policies::parse(text).unwrap());
    for zone in Zone::ALL {
        let public = collection(DataLevel::Public, "000000", None);
        let said = fence.decide(&inquiry("steward", "retrieve", public, zone));
        assert!(!said.allowed && said.because.is_empty());
    }
}

fn data(level: DataLevel) -> Scope {
    Scope::Collection { id: CollectionId::parse("c").unwrap(), level, region: region("510100"), department: None }
}

fn search(cx: &Cx, level: DataLevel) -> &'static str {
    match cx.permit(Action::Search, &data(level)) {
        Ok(_) => "yes",
        Err(denied) => denied.code(),
    }
}

#[tokio::test]
async fn a_permit_and_a_retrieval_obey_the_same_decision() {
    let platform = Platform::empty().await;
    let clerk = testing::person_in(&platform.store, "clerk", &["clerk"], &["city"], "510100").unwrap();
    for zone in Zone::ALL {
        let cx = clerk.clone().with_zone(zone);
        let reached = cx.reaches(DataLevel::Internal, &holding("rules", DataLevel::Internal, region("510100"), None));
        assert_eq!(reached, zone != Zone::Internet, "{zone:?}");
        let said = search(&cx, DataLevel::Internal);
        assert_eq!(said, if zone == Zone::Internet { "identity.fenced" } else { "yes" }, "{zone:?}");
        assert_eq!(search(&cx, DataLevel::Public), "yes");
    }
    let owner = DepartmentId::parse("other").unwrap();
    let foreign = holding("files", DataLevel::Sensitive, region("510100"), Some(owner));
    assert!(!clerk.reaches(DataLevel::Sensitive, &foreign));
    let visitor = platform.identity.visitor(VisitorId::generate(platform.store.ids()));
    let laws = |level| holding("laws", level, Region::country(), None);
    assert!(visitor.reaches(DataLevel::Public, &laws(DataLevel::Public)));
    assert!(!visitor.reaches(DataLevel::Public, &laws(DataLevel::Internal)));
}

/// A collection as the fence sees it.
fn holding(id: &str, level: DataLevel, region: Region, department: Option<DepartmentId>) -> Scope {
    Scope::Collection { id: CollectionId::parse(id).unwrap(), level, region, department }
}

#[tokio::test]
async fn a_policy_that_names_one_collection_closes_that_one() {
    let platform = Platform::start().await;
    let security = platform.cx("security").await;
    let manage = permit(&security, Action::ManagePolicies);
    let text = platform.identity.fence().text();
    let shut = format!(
        "{text}\n@id(\"test.shut\")\n@title(\"t\")\nforbid (principal, action == Action::\"retrieve\", resource == Collection::\"drafts\");\n"
    );
    platform.identity.change_fence(&security, &manage, &shut, "test").await.unwrap();
    let visitor = platform.identity.visitor(VisitorId::generate(platform.store.ids()));
    let open = |id: &str| visitor.reaches(DataLevel::Public, &holding(id, DataLevel::Public, Region::country(), None));
    assert_eq!((open("drafts"), open("laws")), (false, true));
}

#[tokio::test]
async fn a_change_is_kept_with_its_reason_and_counts_at_once_on_every_server() {
    let platform = Platform::start().await;
    let security = platform.cx("security").await;
    let manage = permit(&security, Action::ManagePolicies);
    let identity = &platform.identity;
    let other = identity::Identity::new(
        platform.store.clone(),
        identity::Roles::embedded().unwrap(),
        identity::Settings::default(),
    );
    let shipped = identity.fence().text();
    let stricter =
        shipped.replacen("resource.level > 0 && context.zone == \"internet\"", "context.zone == \"internet\"", 1);
    let broken = stricter.replacen("forbid", "forbidd", 1);
    assert_eq!(code(identity.change_fence(&security, &manage, &broken, "test").await), "identity.bad_fence");
    assert_eq!(code(identity.change_fence(&security, &manage, &stricter, " ").await), "identity.bad_field");
    assert_eq!((identity.fence().text(), identity.fence_version().await.unwrap()), (shipped, None));

    let version = identity.change_fence(&security, &manage, &stricter, "no access from outside").await.unwrap();
    assert_eq!((version.version, version.by.as_str()), (1, "孙毅"));
    let visitor = identity.visitor(VisitorId::generate(platform.store.ids()));
    assert!(!visitor.reaches(DataLevel::Public, &holding("laws", DataLevel::Public, Region::country(), None)));
    assert!(other.follow_fence().await.unwrap() && !other.follow_fence().await.unwrap());
    assert_eq!(other.fence().text(), stricter);
    let kept = platform.record().await.into_iter().find(|entry| entry.deed == "policy.changed").unwrap();
    assert_eq!((kept.subject.as_str(), kept.reason.as_deref()), ("fence", Some("no access from outside")));

    // A file of the data folder is taken over once, and a bad one never.
    assert_eq!(code(identity.adopt_fence(&broken).await), "identity.bad_fence");
    let file = format!("// of the folder\n{stricter}");
    assert!(identity.adopt_fence(&file).await.unwrap() && !identity.adopt_fence(&file).await.unwrap());
    let versions = identity.fence_versions(10).await.unwrap();
    assert_eq!(versions.iter().map(|version| version.version).collect::<Vec<_>>(), [2, 1]);

    let clerk = platform.cx("clerk").await;
    assert_eq!(clerk.permit(Action::ManagePolicies, &Scope::Platform).unwrap_err().code(), "identity.role_missing");
}
