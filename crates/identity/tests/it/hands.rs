//! A law over any sequence of what administrators do: no hand comes to hold two of the three roles.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use identity::{Action, Cx, NewAccount, Scope};
use kernel::ids::{DepartmentId, UserId};
use proptest::prelude::*;

use crate::platform::{PASSWORD, Platform, client, permit, roles};

/// Who acts.
const ACTORS: [&str; 4] = ["sysadmin", "security", "auditor", "clerk"];
/// What an account may be given.
const GIFTS: [&[&str]; 8] = [
    &[],
    &["clerk"],
    &["sysadmin"],
    &["security"],
    &["auditor"],
    &["security", "sysadmin"],
    &["auditor", "clerk"],
    &["clerk", "reviewer"],
];

#[derive(Clone, Debug)]
enum Operation {
    Create,
    Grant(usize, usize),
    Lock(usize, bool),
    Reset(usize),
    /// The owner logs in with the password that was given, and chooses another one.
    Own(usize),
}

/// Mostly whoever may do it at first, now and then anybody; mostly one of the first accounts by name, among which are
/// those made here.
fn operations() -> impl Strategy<Value = Vec<(usize, Operation)>> {
    let target = || prop_oneof![2 => 0..4usize, 1 => 0..64usize];
    let by = |usual: usize| prop_oneof![3 => Just(usual), 1 => 0..ACTORS.len()];
    let one = prop_oneof![
        2 => by(0).prop_map(|who| (who, Operation::Create)),
        5 => (by(1), target(), 0..GIFTS.len()).prop_map(|(who, target, gift)| (who, Operation::Grant(target, gift))),
        2 => (by(0), target(), any::<bool>()).prop_map(|(who, target, locked)| (who, Operation::Lock(target, locked))),
        2 => (by(0), target()).prop_map(|(who, target)| (who, Operation::Reset(target))),
        2 => (by(3), target()).prop_map(|(who, target)| (who, Operation::Own(target))),
    ];
    prop::collection::vec(one, 1..14)
}

/// What the test knows: for each account with a given password, who was told it.
type Told = BTreeMap<UserId, (&'static str, String)>;

async fn act(platform: &Platform, told: &mut Told, who: &'static str, cx: &Cx, operation: &Operation) {
    let identity = &platform.identity;
    let system = platform.system().await;
    let all = identity.accounts(&system, &permit(&system, Action::ReadAccounts), None, 10_000).await.unwrap();
    let target = |place: &usize| &all[place % all.len()];
    // Whoever has no permit takes what there is: any permit of the own.
    let any = |wanted: Action| {
        let own = cx.actions().into_iter().find_map(|action| cx.permit(action, &Scope::Platform).ok());
        cx.permit(wanted, &Scope::Platform).ok().or(own)
    };
    match operation {
        Operation::Create => {
            let Some(permit) = any(Action::ManageAccounts) else { return };
            let department = DepartmentId::parse("technology").unwrap();
            let new = NewAccount { username: format!("a{}", all.len()), name: "某人".to_owned(), department };
            if let Ok((account, password)) = identity.create_account(cx, &permit, &new).await {
                told.insert(account.id, (who, password.reveal().to_owned()));
            }
        }
        Operation::Grant(place, gift) => {
            let Some(permit) = any(Action::GrantRoles) else { return };
            let _ = identity.set_roles(cx, &permit, &target(place).id, &roles(GIFTS[*gift])).await;
        }
        Operation::Lock(place, locked) => {
            let Some(permit) = any(Action::ManageAccounts) else { return };
            let _ = identity.set_locked(cx, &permit, &target(place).id, *locked).await;
        }
        Operation::Reset(place) => {
            let Some(permit) = any(Action::ManageAccounts) else { return };
            let id = &target(place).id;
            if let Ok(password) = identity.reset_password(cx, &permit, id).await {
                told.insert(id.clone(), (who, password.reveal().to_owned()));
            }
        }
        Operation::Own(place) => {
            let account = target(place);
            let Some((_, given)) = told.get(&account.id).cloned() else { return };
            if let Ok(opened) = identity.login(&account.username, &given, &client()).await {
                // User names here begin with an `a`, and a password must not contain the user name.
                let chosen = format!("Own#{}", platform.store.entropy().hex::<8>().replace('a', "g"));
                identity.change_password(&opened.cx, &given, &chosen, &client()).await.unwrap();
                told.remove(&account.id);
            }
        }
    }
}

#[test]
fn no_sequence_brings_two_of_the_three_roles_into_one_hand() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let platform = runtime.block_on(Platform::start());
    let actors = RefCell::new(ACTORS.map(|name| (name, runtime.block_on(platform.login(name)).token)));
    let told = RefCell::new(Told::new());
    proptest!(ProptestConfig { cases: 24, max_shrink_iters: 0, ..ProptestConfig::default() }, |(operations in operations())| {
        let (mut actors, mut told) = (actors.borrow_mut(), told.borrow_mut());
        runtime.block_on(async {
            for (who, operation) in &operations {
                let (name, token) = &mut actors[*who];
                // Each acts with the rights the account has now, and comes back after being put out.
                let cx = match platform.identity.authenticate(token.reveal()).await {
                    Ok(cx) => cx,
                    Err(_) => match platform.identity.login(name, PASSWORD, &client()).await {
                        Ok(opened) => {
                            *token = opened.token;
                            opened.cx
                        }
                        Err(_) => continue,
                    },
                };
                act(&platform, &mut told, name, &cx.with_zone(identity::Zone::Machine), operation).await;
            }
            let system = platform.system().await;
            let read = permit(&system, Action::ReadAccounts);
            let all = platform.identity.accounts(&system, &read, None, 10_000).await.unwrap();
            for account in &all {
                // Nobody holds an administrator's role beside another one.
                prop_assert!(platform.identity.roles().compatible(&account.roles).is_ok(), "{:?}", account.roles);
                // Nobody but the owner knows an administrator's password.
                if account.roles.iter().any(identity::RoleId::is_administrator) {
                    prop_assert!(!told.contains_key(&account.id), "{} is known", account.username);
                }
            }
            // There is always somebody to do each of the three duties.
            let open: BTreeSet<_> = all.iter().filter(|account| !account.locked).flat_map(|account| &account.roles).collect();
            for role in &roles(&["auditor", "security", "sysadmin"]) {
                prop_assert!(open.contains(role), "nobody is {role}");
            }
            Ok(())
        })?;
    });
    assert!(runtime.block_on(platform.store.audit().verify()).unwrap().ok);
}
