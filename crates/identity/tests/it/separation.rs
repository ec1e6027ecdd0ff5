//! Attempts to bring two of the three administrators (三员) into one hand.

use std::collections::BTreeSet;

use expect_test::expect;
use identity::{Action, Cx, Duty, NewAccount, NewDepartment, Scope};
use kernel::ids::DepartmentId;
use store::sea_orm::ConnectionTrait as _;

use crate::platform::{PASSWORD, Platform, client, code, permit, roles};

const ADMINISTRATORS: [&str; 3] = ["sysadmin", "security", "auditor"];

#[tokio::test]
async fn no_account_is_given_an_administrators_role_beside_another() {
    let platform = Platform::start().await;
    let identity = &platform.identity;
    let security = platform.cx("security").await;
    let grant = permit(&security, Action::GrantRoles);
    // The platform itself does not get around it either.
    let system = platform.system().await;
    let system_grant = permit(&system, Action::GrantRoles);
    let clerk = platform.id("clerk").await;
    for pair in [
        ["sysadmin", "security"],
        ["sysadmin", "auditor"],
        ["security", "auditor"],
        ["sysadmin", "clerk"],
        ["security", "reviewer"],
        ["auditor", "steward"],
    ] {
        for (cx, permit) in [(&security, &grant), (&system, &system_grant)] {
            let result = identity.set_roles(cx, permit, &clerk, &roles(&pair)).await;
            assert_eq!(code(result), "identity.separated_roles", "{pair:?}");
        }
    }
    assert_eq!(code(identity.set_roles(&security, &grant, &clerk, &roles(&["boss"])).await), "identity.bad_role");
    assert_eq!(code(identity.set_roles(&security, &grant, &clerk, &roles(&["citizen"])).await), "identity.bad_role");
    let both = identity.set_roles(&security, &grant, &clerk, &roles(&["clerk", "reviewer"])).await.unwrap();
    assert_eq!(both.roles, roles(&["clerk", "reviewer"]));
}

#[tokio::test]
async fn nobody_changes_the_own_rights() {
    let platform = Platform::start().await;
    let identity = &platform.identity;
    let security = platform.cx("security").await;
    let grant = permit(&security, Action::GrantRoles);
    let me = security.user_id().unwrap();
    for wanted in [&["sysadmin"][..], &["clerk"], &["security"], &[]] {
        assert_eq!(code(identity.set_roles(&security, &grant, me, &roles(wanted)).await), "identity.own_account");
    }
    let sysadmin = platform.cx("sysadmin").await;
    let manage = permit(&sysadmin, Action::ManageAccounts);
    let me = sysadmin.user_id().unwrap();
    assert_eq!(code(identity.set_locked(&sysadmin, &manage, me, true).await), "identity.own_account");
    assert_eq!(code(identity.reset_password(&sysadmin, &manage, me).await), "identity.own_account");
}

#[tokio::test]
async fn the_system_administrator_gives_no_roles_and_the_security_administrator_makes_no_accounts() {
    let platform = Platform::start().await;
    let identity = &platform.identity;
    let (sysadmin, security) = (platform.cx("sysadmin").await, platform.cx("security").await);
    assert_eq!(code(sysadmin.permit(Action::GrantRoles, &Scope::Platform)), "identity.role_missing");
    assert_eq!(code(security.permit(Action::ManageAccounts, &Scope::Platform)), "identity.role_missing");

    // The permit of one in the hand of the other.
    let manage = permit(&sysadmin, Action::ManageAccounts);
    let grant = permit(&security, Action::GrantRoles);
    let clerk = platform.id("clerk").await;
    let wanted = roles(&["reviewer"]);
    assert_eq!(code(identity.set_roles(&sysadmin, &grant, &clerk, &wanted).await), "identity.wrong_permit");
    assert_eq!(code(identity.set_roles(&sysadmin, &manage, &clerk, &wanted).await), "identity.wrong_permit");
    let department = DepartmentId::parse("data").unwrap();
    let new = NewAccount { username: "puppet".to_owned(), name: "木偶".to_owned(), department };
    assert_eq!(code(identity.create_account(&security, &manage, &new).await), "identity.wrong_permit");
    assert_eq!(code(identity.reset_password(&security, &grant, &clerk).await), "identity.wrong_permit");
}

#[tokio::test]
async fn no_administrator_takes_another_ones_account_over() {
    let platform = Platform::start().await;
    let identity = &platform.identity;
    let sysadmin = platform.cx("sysadmin").await;
    let manage = permit(&sysadmin, Action::ManageAccounts);
    for other in ["security", "auditor"] {
        let id = platform.id(other).await;
        let result = identity.reset_password(&sysadmin, &manage, &id).await;
        assert_eq!(code(result), "identity.administrator_reset", "{other}");
        platform.login(other).await;
    }
    // At the machine it is possible, and in the record.
    let system = platform.system().await;
    let id = platform.id("security").await;
    let password = identity.reset_password(&system, &permit(&system, Action::ManageAccounts), &id).await.unwrap();
    assert!(identity.login("security", password.reveal(), &client()).await.unwrap().must_change_password);
    let record = platform.record().await;
    assert!(record.iter().any(|entry| {
        entry.deed == "account.changed" && entry.actor == "system:test" && entry.details["reset"] == true
    }));
}

#[tokio::test]
async fn an_administrators_role_is_not_given_to_an_account_whose_password_another_one_knows() {
    let platform = Platform::start().await;
    let identity = &platform.identity;
    let (sysadmin, security) = (platform.cx("sysadmin").await, platform.cx("security").await);
    let manage = permit(&sysadmin, Action::ManageAccounts);
    let grant = permit(&security, Action::GrantRoles);
    let department = DepartmentId::parse("safety").unwrap();
    let new = NewAccount { username: "second".to_owned(), name: "钱安".to_owned(), department };
    let (account, known) = identity.create_account(&sysadmin, &manage, &new).await.unwrap();
    let wanted = roles(&["security"]);
    let given = identity.set_roles(&security, &grant, &account.id, &wanted).await;
    assert_eq!(code(given), "identity.password_not_own");
    // A role of the agency's work may be waiting for its owner.
    identity.set_roles(&security, &grant, &account.id, &roles(&["clerk"])).await.unwrap();

    let opened = identity.login("second", known.reveal(), &client()).await.unwrap();
    identity.change_password(&opened.cx, known.reveal(), "Chosen#2026", &client()).await.unwrap();
    identity.set_roles(&security, &grant, &account.id, &wanted).await.unwrap();
    // A session from before does not grow into an administrator's.
    assert_eq!(code(identity.authenticate(opened.token.reveal()).await), "identity.session_over");
    let cx = identity.login("second", "Chosen#2026", &client()).await.unwrap().cx.with_zone(identity::Zone::Machine);
    assert!(cx.permit(Action::GrantRoles, &Scope::Platform).is_ok());
}

#[tokio::test]
async fn the_first_administrators_are_appointed_at_the_machine() {
    let platform = Platform::empty().await;
    let identity = &platform.identity;
    let system = platform.system().await;
    let agency = NewDepartment {
        id: DepartmentId::parse("agency").unwrap(),
        name: "政务服务局".to_owned(),
        parent: None,
        region: Some(kernel::Region::parse("510100").unwrap()),
    };
    identity.create_department(&system, &permit(&system, Action::ManageAccounts), &agency).await.unwrap();
    let new = |username: &str| NewAccount {
        username: username.to_owned(),
        name: "郑立".to_owned(),
        department: agency.id.clone(),
    };
    let two = roles(&["security", "sysadmin"]);
    assert_eq!(code(identity.appoint(&system, &new("first"), &two).await), "identity.separated_roles");
    let (_, password) = identity.appoint(&system, &new("first"), &roles(&["sysadmin"])).await.unwrap();
    let opened = identity.login("first", password.reveal(), &client()).await.unwrap();
    let denied = opened.cx.permit(Action::ManageAccounts, &Scope::Platform);
    assert_eq!(code(denied), "identity.password_change_required");
    identity.change_password(&opened.cx, password.reveal(), "Chosen#2026", &client()).await.unwrap();
    let cx = identity.authenticate(opened.token.reveal()).await.unwrap().with_zone(identity::Zone::Machine);
    assert!(cx.permit(Action::ManageAccounts, &Scope::Platform).is_ok());
    assert_eq!(code(identity.appoint(&cx, &new("second"), &roles(&["security"])).await), "identity.role_missing");
}

#[tokio::test]
async fn a_refused_permit_is_recorded() {
    let platform = Platform::start().await;
    let clerk = platform.cx("clerk").await;
    let denied = clerk.permit(Action::ReadAudit, &Scope::Platform).unwrap_err();
    clerk.record_denial(&denied).await.unwrap();
    let last = platform.record().await.pop().unwrap();
    expect![[r#"permission.denied platform refused {"action":"audit.read","code":"identity.role_missing","missing":{"any_of":["auditor"],"missing":"role"}}"#]].assert_eq(&format!("{} {} {} {}", last.deed, last.subject, last.outcome, last.details));
}

#[tokio::test]
async fn the_last_of_each_administrator_stays() {
    let platform = Platform::start().await;
    let identity = &platform.identity;
    let (sysadmin, security) = (platform.cx("sysadmin").await, platform.cx("security").await);
    let manage = permit(&sysadmin, Action::ManageAccounts);
    let grant = permit(&security, Action::GrantRoles);
    for other in ["security", "auditor"] {
        let id = platform.id(other).await;
        assert_eq!(code(identity.set_locked(&sysadmin, &manage, &id, true).await), "identity.last_administrator");
    }
    for other in ["sysadmin", "auditor"] {
        let id = platform.id(other).await;
        let result = identity.set_roles(&security, &grant, &id, &BTreeSet::new()).await;
        assert_eq!(code(result), "identity.last_administrator");
    }
    // With a second one, the first may go; then the second is the last.
    let (auditor, models) = (platform.id("auditor").await, platform.id("models").await);
    identity.set_roles(&security, &grant, &models, &roles(&["auditor"])).await.unwrap();
    identity.set_locked(&sysadmin, &manage, &auditor, true).await.unwrap();
    let result = identity.set_roles(&security, &grant, &models, &roles(&["clerk"])).await;
    assert_eq!(code(result), "identity.last_administrator");
}

#[tokio::test]
async fn rights_written_into_the_table_by_hand_give_nothing() {
    let platform = Platform::start().await;
    let clerk = platform.login("clerk").await;
    let tx = platform.store.begin().await.unwrap();
    let hand = r#"UPDATE accounts SET roles = '["auditor","security","sysadmin"]' WHERE username = 'clerk'"#;
    tx.execute_unprepared(hand).await.unwrap();
    tx.commit().await.unwrap();
    let cx = platform.identity.authenticate(clerk.token.reveal()).await.unwrap();
    assert!(cx.roles().is_empty());
    for action in Action::ALL {
        assert_eq!(code(cx.permit(*action, &Scope::Platform)), "identity.role_missing", "{action}");
    }
}

#[tokio::test]
async fn no_pair_of_administrators_shares_an_action_that_changes_anything() {
    let platform = Platform::start().await;
    let mut held: Vec<(Cx, &str)> = Vec::new();
    for name in ADMINISTRATORS {
        held.push((platform.cx(name).await, name));
    }
    for action in Action::ALL {
        let who: Vec<&str> =
            held.iter().filter(|(cx, _)| cx.permit(*action, &Scope::Platform).is_ok()).map(|(_, name)| *name).collect();
        // Asking for a place outside changes nothing: somebody else decides on it.
        let shared = matches!(action, Action::ReadAccounts | Action::ReadSystem | Action::RequestEgress);
        assert!(who.len() <= 1 || (shared && who == ["sysadmin", "security"]), "{action}: {who:?}");
        if action.duties() == [Duty::Business] {
            assert!(who.is_empty(), "{action}: {who:?}");
        }
    }
    assert_eq!(platform.identity.login("auditor", PASSWORD, &client()).await.unwrap().cx.actions(), {
        BTreeSet::from([Action::ExportAudit, Action::ReadAudit, Action::VerifyAudit])
    });
}
