//! Making, changing, locking and finding accounts and departments.

use std::collections::BTreeSet;

use identity::{AccountChange, Action, NewAccount, NewDepartment};
use kernel::ids::{DepartmentId, UserId};

use crate::platform::{PASSWORD, Platform, client, code, permit, roles};

fn new(username: &str, name: &str, department: &str) -> NewAccount {
    let department = DepartmentId::parse(department).unwrap();
    NewAccount { username: username.to_owned(), name: name.to_owned(), department }
}

#[tokio::test]
async fn a_new_account_can_do_nothing_until_two_administrators_have_acted_and_its_owner_too() {
    let platform = Platform::start().await;
    let identity = &platform.identity;
    let (sysadmin, security) = (platform.cx("sysadmin").await, platform.cx("security").await);
    let manage = permit(&sysadmin, Action::ManageAccounts);
    let (account, password) =
        identity.create_account(&sysadmin, &manage, &new("li.na", "李娜", "approval")).await.unwrap();
    assert!(account.roles.is_empty());

    let opened = identity.login("li.na", password.reveal(), &client()).await.unwrap();
    assert!(opened.must_change_password);
    identity.change_password(&opened.cx, password.reveal(), "Chosen#2026", &client()).await.unwrap();
    let cx = identity.authenticate(opened.token.reveal()).await.unwrap();
    assert_eq!(code(cx.permit(Action::Search, &identity::Scope::Platform)), "identity.role_missing");

    let grant = permit(&security, Action::GrantRoles);
    identity.set_roles(&security, &grant, &account.id, &roles(&["clerk"])).await.unwrap();
    // The open session has the new role at once, and loses it at once.
    let cx = identity.authenticate(opened.token.reveal()).await.unwrap().with_zone(identity::Zone::Machine);
    assert!(cx.permit(Action::Search, &identity::Scope::Platform).is_ok());
    identity.set_roles(&security, &grant, &account.id, &BTreeSet::new()).await.unwrap();
    let cx = identity.authenticate(opened.token.reveal()).await.unwrap();
    assert!(cx.permit(Action::Search, &identity::Scope::Platform).is_err());
}

#[tokio::test]
async fn wrong_fields_and_taken_names_are_told() {
    let platform = Platform::start().await;
    let identity = &platform.identity;
    let cx = platform.cx("sysadmin").await;
    let manage = permit(&cx, Action::ManageAccounts);
    for username in ["", "x", "Clerk", "7up", "a b", "李娜", "a'--", &"a".repeat(33)] {
        let result = identity.create_account(&cx, &manage, &new(username, "李娜", "approval")).await;
        assert_eq!(code(result), "identity.bad_field", "{username}");
    }
    for name in ["", "  ", "a\nb", &"长".repeat(41)] {
        let result = identity.create_account(&cx, &manage, &new("li.na", name, "approval")).await;
        assert_eq!(code(result), "identity.bad_field", "{name}");
    }
    let create = async |username: &str, department: &str| {
        code(identity.create_account(&cx, &manage, &new(username, "李娜", department)).await)
    };
    assert_eq!(create("li.na", "nowhere").await, "identity.department_not_found");
    assert_eq!(create("clerk", "approval").await, "identity.username_taken");
    let ghost = UserId::parse("usr_ghost").unwrap();
    let change = AccountChange::default();
    assert_eq!(code(identity.update_account(&cx, &manage, &ghost, &change).await), "identity.account_not_found");
    assert_eq!(code(identity.set_locked(&cx, &manage, &ghost, true).await), "identity.account_not_found");
}

#[tokio::test]
async fn a_locked_account_is_out_at_once_and_says_so_only_to_its_owner() {
    let platform = Platform::start().await;
    let identity = &platform.identity;
    let cx = platform.cx("sysadmin").await;
    let manage = permit(&cx, Action::ManageAccounts);
    let clerk = platform.login("clerk").await;
    let id = clerk.cx.user_id().unwrap().clone();

    assert!(identity.set_locked(&cx, &manage, &id, true).await.unwrap().locked);
    assert_eq!(code(identity.authenticate(clerk.token.reveal()).await), "identity.session_over");
    assert_eq!(code(identity.login("clerk", PASSWORD, &client()).await), "identity.account_locked");
    assert_eq!(code(identity.login("clerk", "Wrong#2026", &client()).await), "identity.bad_credentials");

    // Unlocking also forgets failed logins.
    for _ in 0..4 {
        let _ = identity.login("clerk", "Wrong#2026", &client()).await;
    }
    assert_eq!(code(identity.login("clerk", PASSWORD, &client()).await), "identity.too_many_attempts");
    identity.set_locked(&cx, &manage, &id, false).await.unwrap();
    platform.login("clerk").await;
}

#[tokio::test]
async fn a_reset_password_ends_the_sessions_and_must_be_changed() {
    let platform = Platform::start().await;
    let identity = &platform.identity;
    let cx = platform.cx("sysadmin").await;
    let clerk = platform.login("clerk").await;
    let id = clerk.cx.user_id().unwrap().clone();
    let password = identity.reset_password(&cx, &permit(&cx, Action::ManageAccounts), &id).await.unwrap();
    assert_eq!(code(identity.authenticate(clerk.token.reveal()).await), "identity.session_over");
    assert_eq!(code(identity.login("clerk", PASSWORD, &client()).await), "identity.bad_credentials");
    let opened = identity.login("clerk", password.reveal(), &client()).await.unwrap();
    assert!(opened.must_change_password);
    let back = identity.change_password(&opened.cx, password.reveal(), PASSWORD, &client()).await;
    assert_eq!(code(back), "identity.password_reused");
}

#[tokio::test]
async fn accounts_come_in_pages_and_people_by_their_ids() {
    let platform = Platform::start().await;
    let identity = &platform.identity;
    let cx = platform.cx("security").await;
    let read = permit(&cx, Action::ReadAccounts);
    let (mut after, mut names) = (None, Vec::new());
    loop {
        let page = identity.accounts(&cx, &read, after.as_deref(), 3).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.username.clone());
        names.extend(page.into_iter().map(|account| account.username));
    }
    assert_eq!(
        names,
        ["auditor", "clerk", "lead", "models", "operator", "reviewer", "security", "steward", "sysadmin"]
    );

    let id = platform.id("clerk").await;
    let account = identity.account(&cx, &read, &id).await.unwrap();
    assert_eq!((account.username.as_str(), account.department.id.as_str()), ("clerk", "approval"));
    let people = identity.people(&BTreeSet::from([id.clone(), UserId::parse("usr_ghost").unwrap()])).await.unwrap();
    assert_eq!(people.into_values().map(|person| person.name).collect::<Vec<_>>(), ["陈思远"]);
    // A permit for something else does not open the list.
    let sysadmin = platform.cx("sysadmin").await;
    let manage = permit(&sysadmin, Action::ManageAccounts);
    assert_eq!(code(identity.accounts(&sysadmin, &manage, None, 10).await), "identity.wrong_permit");
}

#[tokio::test]
async fn a_person_moves_to_another_department_and_its_region() {
    let platform = Platform::start().await;
    let identity = &platform.identity;
    let cx = platform.cx("sysadmin").await;
    let manage = permit(&cx, Action::ManageAccounts);
    let clerk = platform.login("clerk").await;
    let id = clerk.cx.user_id().unwrap().clone();
    let window = NewDepartment {
        id: DepartmentId::parse("jindong.window").unwrap(),
        name: "综合窗口".to_owned(),
        parent: Some(DepartmentId::parse("jindong").unwrap()),
        region: None,
    };
    let made = identity.create_department(&cx, &manage, &window).await.unwrap();
    assert_eq!(made.region.as_str(), "510104");
    assert_eq!(code(identity.create_department(&cx, &manage, &window).await), "identity.bad_field");

    let change = AccountChange { name: Some(" 陈 思远 ".to_owned()), department: Some(window.id.clone()) };
    identity.update_account(&cx, &manage, &id, &change).await.unwrap();
    let cx = identity.authenticate(clerk.token.reveal()).await.unwrap();
    let person = cx.person().unwrap();
    assert_eq!((person.name.as_str(), person.region.as_str()), ("陈 思远", "510104"));
    assert!(person.department.is_within(&DepartmentId::parse("jincheng").unwrap()));
    let tree: Vec<String> =
        identity.departments().await.unwrap().into_iter().map(|department| department.id.to_string()).collect();
    let place = |id: &str| tree.iter().position(|at| at == id).unwrap();
    assert!(place("jincheng") < place("jindong") && place("jindong") < place("jindong.window"));
}
