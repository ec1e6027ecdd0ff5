//! Keys of programs: made, used, kept to their scope, network and end, revoked.

use std::net::IpAddr;

use identity::{Action, KeyScope, NewKey, RoleId};
use kernel::DataLevel;

use crate::platform::{Platform, code, permit};

const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 1, 2, 3));

async fn new_key(platform: &Platform) -> NewKey {
    let department = platform.identity.departments().await.unwrap().remove(0).id;
    NewKey {
        name: "form filling".to_owned(),
        department,
        role: RoleId::parse("clerk").unwrap(),
        scopes: vec![KeyScope::parse("route:default").unwrap(), KeyScope::parse("scenario:*").unwrap()],
        networks: Vec::new(),
        tokens_per_month: Some(1000),
        requests_per_minute: None,
        expires_at: None,
    }
}

#[tokio::test]
async fn a_key_acts_with_its_role_in_its_department_and_its_text_is_nowhere_kept() {
    let platform = Platform::start().await;
    let maker = platform.cx("models").await;
    let manage = permit(&maker, Action::ManageModels);
    let (key, secret) = platform.identity.create_key(&maker, &manage, &new_key(&platform).await).await.unwrap();
    assert!(secret.starts_with(&key.shown) && key.shown.len() < 12);
    let caller = platform.identity.caller(&secret, HERE).await.unwrap();
    assert_eq!(caller.cx.actor().label(), format!("key:{}", key.id));
    assert_eq!(caller.cx.person().unwrap().department.id, key.department);
    assert_eq!(caller.cx.clearance(), DataLevel::Internal);
    assert!(caller.key.opens("route:default") && caller.key.opens("scenario:anything"));
    assert!(!caller.key.opens("route:other") && !caller.key.opens("embeddings"));
    assert!(
        platform.record().await.iter().any(|entry| entry.deed == "key.changed" && entry.subject == key.id.as_str())
    );
    let everything = std::fs::read(platform.folder.path().join("shuzheng.db")).unwrap();
    let log = std::fs::read(platform.folder.path().join("shuzheng.db-wal")).unwrap_or_default();
    for bytes in [everything, log] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
}

#[tokio::test]
async fn a_key_ends_by_its_time_by_revocation_and_outside_its_networks() {
    let platform = Platform::start().await;
    let maker = platform.cx("models").await;
    let manage = permit(&maker, Action::ManageModels);
    let mut new = new_key(&platform).await;
    new.networks = vec!["10.0.0.0/8".parse().unwrap()];
    new.expires_at = Some(maker.now().plus_secs(60));
    let (key, secret) = platform.identity.create_key(&maker, &manage, &new).await.unwrap();
    assert!(platform.identity.caller(&secret, HERE).await.is_ok());
    let outside = IpAddr::from([203, 0, 113, 9]);
    assert_eq!(code(platform.identity.caller(&secret, outside).await), "identity.key_outside");
    platform.hand.advance_secs(61);
    assert_eq!(code(platform.identity.caller(&secret, HERE).await), "identity.key_over");

    let (key2, secret2) = platform.identity.create_key(&maker, &manage, &new_key(&platform).await).await.unwrap();
    assert!(platform.identity.caller(&secret2, HERE).await.is_ok());
    platform.identity.revoke_key(&maker, &manage, &key2.id).await.unwrap();
    assert_eq!(code(platform.identity.caller(&secret2, HERE).await), "identity.key_over");
    let seen = platform.identity.keys(&maker, &manage).await.unwrap();
    assert!(seen.iter().any(|k| k.id == key2.id && k.revoked_at.is_some()) && seen.iter().any(|k| k.id == key.id));
    for nonsense in ["", "sz-", &format!("sz-{}", "0".repeat(64)), &"x".repeat(67)] {
        assert_eq!(code(platform.identity.caller(nonsense, HERE).await), "identity.key_unknown");
    }
}

#[tokio::test]
async fn no_key_is_made_that_sees_more_than_its_maker_or_holds_nonsense() {
    let platform = Platform::start().await;
    let maker = platform.cx("models").await;
    let manage = permit(&maker, Action::ManageModels);
    let good = new_key(&platform).await;
    for (name, new) in [
        ("a role above", NewKey { role: RoleId::parse("reviewer").unwrap(), ..good.clone() }),
        ("an administrator", NewKey { role: RoleId::sysadmin(), ..good.clone() }),
        ("everybody's role", NewKey { role: RoleId::citizen(), ..good.clone() }),
        ("a negative budget", NewKey { tokens_per_month: Some(-1), ..good.clone() }),
        ("no budget at all", NewKey { tokens_per_month: Some(0), ..good.clone() }),
        ("negative requests", NewKey { requests_per_minute: Some(-5), ..good.clone() }),
        ("an end in the past", NewKey { expires_at: Some(maker.now().plus_secs(-1)), ..good.clone() }),
        ("no scope", NewKey { scopes: Vec::new(), ..good.clone() }),
        ("no name", NewKey { name: " ".to_owned(), ..good.clone() }),
    ] {
        assert_eq!(code(platform.identity.create_key(&maker, &manage, &new).await), "identity.bad_field", "{name}");
    }
    for bad in ["", "route", "route:", "everything", "route:a b", "scenario:a:b", "mcp:x"] {
        assert!(KeyScope::parse(bad).is_err(), "{bad}");
    }
}
