//! Logging in, staying in, getting locked out.

use std::io::Write;
use std::sync::{Arc, Mutex};

use expect_test::expect;
use identity::{Action, Client, Identity, PasswordRule, Roles, Settings};
use kernel::Fault;

use crate::platform::{PASSWORD, Platform, client, code, permit};

#[tokio::test]
async fn every_sample_account_logs_in_and_is_who_it_says() {
    let platform = Platform::start().await;
    let mut seen = String::new();
    for username in ["clerk", "reviewer", "operator", "steward", "models", "sysadmin", "security", "auditor"] {
        let opened = platform.login(username).await;
        assert!(!opened.must_change_password);
        let cx = platform.identity.authenticate(opened.token.reveal()).await.unwrap();
        let person = cx.person().unwrap();
        let roles: Vec<&str> = cx.roles().iter().map(identity::RoleId::as_str).collect();
        let department = &person.department;
        seen += &format!("{username}: {roles:?} {} {} {}\n", department.id, person.region, cx.clearance());
    }
    expect![[r#"
        clerk: ["clerk"] approval 510100 internal
        reviewer: ["reviewer"] policy 510100 sensitive
        operator: ["operator"] hotline 510100 internal
        steward: ["steward"] data 510100 sensitive
        models: ["models"] technology 510100 internal
        sysadmin: ["sysadmin"] technology 510100 public
        security: ["security"] safety 510100 public
        auditor: ["auditor"] inspection 510100 public
    "#]]
    .assert_eq(&seen);
    // Seeding again changes nothing.
    let names = platform.identity.seed_demo(&platform.system().await).await.unwrap();
    assert_eq!(names.len(), 9);
    let clerk = platform.cx("clerk").await;
    assert_eq!(code(platform.identity.seed_demo(&clerk).await), "identity.role_missing");
}

#[tokio::test]
async fn five_failures_lock_a_name_for_a_quarter_of_an_hour() {
    let platform = Platform::start().await;
    let identity = &platform.identity;
    let mut codes = Vec::new();
    for _ in 0..5 {
        codes.push(code(identity.login("clerk", "Wrong#2026", &client()).await));
    }
    // Even the right password does not help now.
    codes.push(code(identity.login("clerk", PASSWORD, &client()).await));
    assert_eq!(codes[..4], ["identity.bad_credentials"; 4]);
    assert_eq!(codes[4..], ["identity.too_many_attempts"; 2]);

    platform.hand.advance_secs(15 * 60 - 1);
    let error = identity.login("clerk", PASSWORD, &client()).await.unwrap_err();
    assert_eq!(error.to_string(), "too many failed logins; try again in 1 seconds");
    platform.hand.advance_secs(1);
    platform.login("clerk").await;
    // A success forgets the failures before it.
    for _ in 0..4 {
        assert_eq!(code(identity.login("clerk", "Wrong#2026", &client()).await), "identity.bad_credentials");
    }
    platform.login("clerk").await;
    assert_eq!(code(identity.login("clerk", "Wrong#2026", &client()).await), "identity.bad_credentials");
    // Another name was never touched.
    platform.login("reviewer").await;
}

#[tokio::test]
async fn a_name_that_nobody_has_behaves_like_one_with_a_wrong_password() {
    let platform = Platform::start().await;
    let identity = &platform.identity;
    let mut told = Vec::new();
    for name in ["clerk", "ghost", " Clerk2 ", "' OR 1=1 --", "", &"x".repeat(5000)] {
        let mut said = Vec::new();
        for _ in 0..7 {
            let error = identity.login(name, "Wrong#2026", &client()).await.unwrap_err();
            said.push(format!("{} {error}", error.code()));
        }
        told.push(said);
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:?}");
    // The name is matched without regard to case and spaces around it.
    let error = identity.login("CLERK ", PASSWORD, &client()).await.unwrap_err();
    assert_eq!(error.code(), "identity.too_many_attempts");
}

#[tokio::test]
async fn guesses_side_by_side_do_not_get_around_the_lock() {
    let platform = Arc::new(Platform::start().await);
    let guesses = (0..20).map(|_| {
        let identity = platform.identity.clone();
        async move { identity.login("clerk", "Wrong#2026", &client()).await.unwrap_err().code() }
    });
    let codes: Vec<&str> = futures::future::join_all(guesses).await;
    assert_eq!(codes.iter().filter(|code| **code == "identity.bad_credentials").count(), 4, "{codes:?}");
    assert_eq!(code(platform.identity.login("clerk", PASSWORD, &client()).await), "identity.too_many_attempts");
}

#[tokio::test]
async fn a_flood_of_logins_is_turned_away_instead_of_filling_the_memory() {
    let platform = Platform::start().await;
    let flood = (0..100).map(|n| {
        let identity = platform.identity.clone();
        async move { identity.login(&format!("ghost{n}"), "x", &client()).await.unwrap_err().code() }
    });
    let codes = futures::future::join_all(flood).await;
    let turned_away = codes.iter().filter(|code| **code == "identity.busy").count();
    assert!((1..100).contains(&turned_away), "{turned_away}");
    platform.login("clerk").await;
}

#[tokio::test]
async fn a_session_ends_when_idle_and_after_half_a_day_in_any_case() {
    let platform = Platform::start().await;
    let identity = &platform.identity;
    let token = platform.login("clerk").await.token;
    for _ in 0..3 {
        platform.hand.advance_secs(29 * 60);
        identity.authenticate(token.reveal()).await.unwrap();
    }
    platform.hand.advance_secs(30 * 60 + 1);
    assert_eq!(code(identity.authenticate(token.reveal()).await), "identity.session_over");

    let token = platform.login("clerk").await.token;
    for _ in 0..(12 * 3) - 1 {
        platform.hand.advance_secs(20 * 60);
        identity.authenticate(token.reveal()).await.unwrap();
    }
    assert_eq!(identity.open_sessions().await.unwrap(), 1);
    platform.hand.advance_secs(20 * 60);
    assert_eq!(code(identity.authenticate(token.reveal()).await), "identity.session_over");
    assert_eq!(identity.open_sessions().await.unwrap(), 0);
}

#[tokio::test]
async fn the_last_use_is_written_down_once_a_minute() {
    let platform = Platform::start().await;
    let identity = &platform.identity;
    let token = platform.login("clerk").await.token;
    let mut seen = Vec::new();
    for _ in 0..5 {
        platform.hand.advance_secs(25);
        let cx = identity.authenticate(token.reveal()).await.unwrap();
        let sessions = identity.sessions(&cx).await.unwrap();
        seen.push(sessions[0].seen_at.millis_since(sessions[0].opened_at) / 1000);
    }
    assert_eq!(seen, [0, 0, 75, 75, 75]);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_by_their_owner() {
    let platform = Platform::start().await;
    let identity = &platform.identity;
    let first = platform.login("clerk").await;
    platform.hand.advance_secs(1);
    let second = platform.login("clerk").await;
    let other = platform.login("reviewer").await;

    let listed = identity.sessions(&first.cx).await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(Some(&listed[0]), second.cx.session());
    assert_eq!(listed[1].address, "203.0.113.7");

    // Nobody ends somebody else's session, and a pattern is not an id.
    let foreign = &other.cx.session().unwrap().id;
    for id in [foreign.as_str(), "ses_%", "%", "", "ses_"] {
        assert_eq!(code(identity.end_session(&first.cx, id).await), "identity.session_not_found", "{id}");
    }
    identity.end_session(&first.cx, &listed[0].id).await.unwrap();
    assert_eq!(code(identity.authenticate(second.token.reveal()).await), "identity.session_over");
    identity.authenticate(other.token.reveal()).await.unwrap();

    identity.logout(&first.cx).await.unwrap();
    identity.logout(&first.cx).await.unwrap();
    assert_eq!(code(identity.authenticate(first.token.reveal()).await), "identity.session_over");
    let visitor = identity.visitor(kernel::ids::VisitorId::generate(platform.store.ids()));
    assert_eq!(code(identity.logout(&visitor).await), "identity.login_required");
}

#[tokio::test]
async fn a_token_that_is_none_finds_nothing() {
    let platform = Platform::start().await;
    let token = platform.login("clerk").await.token;
    let token = token.reveal();
    let upper = token.to_uppercase();
    for bad in [
        "",
        "0",
        token.strip_prefix(|_| true).unwrap(),
        &format!("{token}0"),
        &format!(" {token}"),
        &upper,
        &"0".repeat(64),
        "令牌",
    ] {
        if *bad != *token {
            assert_eq!(code(platform.identity.authenticate(bad).await), "identity.session_over", "{bad}");
        }
    }
    // The name of the session's row is not the token either.
    let hash = store::sm3_hex(token.as_bytes());
    assert_eq!(code(platform.identity.authenticate(&hash).await), "identity.session_over");
}

#[tokio::test]
async fn a_password_keeps_the_rules_ages_and_does_not_come_back() {
    let platform = Platform::start().await;
    let identity = &platform.identity;
    let here = platform.login("clerk").await;
    let there = platform.login("clerk").await;
    let change = async |current: &str, new: &str| identity.change_password(&here.cx, current, new, &client()).await;

    assert_eq!(code(change("Wrong#2026", "Fresh#2027").await), "identity.bad_credentials");
    let error = change(PASSWORD, "clerk12").await.unwrap_err();
    assert_eq!(error.code(), "identity.weak_password");
    let identity::Error::WeakPassword(rules) = error else { panic!("{error}") };
    assert_eq!(rules, [PasswordRule::TooShort, PasswordRule::TooFewClasses, PasswordRule::ContainsUsername]);
    assert_eq!(code(change(PASSWORD, PASSWORD).await), "identity.password_reused");

    change(PASSWORD, "Fresh#2027").await.unwrap();
    // This session stays, the others end, and only the new password opens one.
    identity.authenticate(here.token.reveal()).await.unwrap();
    assert_eq!(code(identity.authenticate(there.token.reveal()).await), "identity.session_over");
    assert_eq!(code(identity.login("clerk", PASSWORD, &client()).await), "identity.bad_credentials");

    let mut current = "Fresh#2027".to_owned();
    for n in 1..=3 {
        let next = format!("Fresh#{n}-{n}");
        change(&current, &next).await.unwrap();
        assert_eq!(code(change(&next, PASSWORD).await), "identity.password_reused", "after {n}");
        current = next;
    }
    // The fifth password before is forgotten.
    change(&current, "Fresh#4-4").await.unwrap();
    change("Fresh#4-4", PASSWORD).await.unwrap();

    platform.hand.advance_secs(90 * 24 * 3600);
    assert!(!platform.login("clerk").await.must_change_password);
    platform.hand.advance_secs(1);
    let old = platform.login("clerk").await;
    assert!(old.must_change_password);
    let scope = identity::Scope::Platform;
    assert_eq!(code(old.cx.permit(Action::Search, &scope)), "identity.password_change_required");
    identity.change_password(&old.cx, PASSWORD, "Fresh#5-5", &client()).await.unwrap();
    let cx = identity.authenticate(old.token.reveal()).await.unwrap().with_zone(identity::Zone::Machine);
    assert!(cx.permit(Action::Search, &scope).is_ok());
}

#[tokio::test]
async fn a_stolen_session_does_not_help_to_guess_the_password() {
    let platform = Platform::start().await;
    let stolen = platform.login("clerk").await;
    let guess = async |password: &str| {
        code(platform.identity.change_password(&stolen.cx, password, "Fresh#2027", &client()).await)
    };
    for _ in 0..4 {
        assert_eq!(guess("Wrong#2026").await, "identity.bad_credentials");
    }
    assert_eq!(guess("Wrong#2026").await, "identity.too_many_attempts");
    assert_eq!(guess(PASSWORD).await, "identity.too_many_attempts");
}

#[tokio::test]
async fn another_server_on_the_same_store_knows_the_session() {
    let platform = Platform::start().await;
    let other = Identity::new(platform.store.clone(), Roles::embedded().unwrap(), Settings::default());
    let opened = platform.login("clerk").await;
    assert_eq!(other.authenticate(opened.token.reveal()).await.unwrap().user_id(), opened.cx.user_id());
    other.logout(&opened.cx).await.unwrap();
    assert_eq!(code(platform.identity.authenticate(opened.token.reveal()).await), "identity.session_over");
}

#[tokio::test]
async fn logins_failures_and_changes_are_in_the_record() {
    let platform = Platform::start().await;
    let before = platform.record().await.len();
    let clerk = platform.login("clerk").await;
    let _ = platform.identity.login("clerk", "Wrong#2026", &client()).await;
    let _ = platform.identity.login("Secret#typed-as-name", "x", &client()).await;
    platform.identity.change_password(&clerk.cx, PASSWORD, "Fresh#2027", &client()).await.unwrap();
    platform.identity.logout(&clerk.cx).await.unwrap();
    let id = clerk.cx.user_id().unwrap().as_str();
    let mut text = String::new();
    for entry in &platform.record().await[before..] {
        let who = entry.actor.replace(id, "ID");
        let subject = entry.subject.replace(id, "ID");
        let mut details = entry.details.clone();
        if let Some(session) = details.get_mut("session") {
            *session = "ses_…".into();
        }
        let reason = entry.reason.as_deref().unwrap_or("-");
        text += &format!("{} {who} {subject} {} {reason} {details}\n", entry.deed, entry.outcome);
    }
    expect![[r#"
        session.opened user:ID account:ID done - {"address":"203.0.113.7","session":"ses_…"}
        session.refused system:login account:ID refused identity.bad_credentials {"address":"203.0.113.7"}
        session.refused system:login name:99d355709f1afee7 refused identity.bad_credentials {"address":"203.0.113.7"}
        account.changed user:ID account:ID done - {"changed":["password"],"reset":false}
        session.closed user:ID account:ID done - {"sessions":1}
    "#]]
    .assert_eq(&text);
    assert!(platform.store.audit().verify().await.unwrap().ok);
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_secret_and_no_personal_data_in_the_log_or_in_the_files() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let platform = Platform::start().await;
    let opened = platform.identity.login("clerk", PASSWORD, &Client::default()).await.unwrap();
    let _ = platform.identity.login("clerk", "Wrong#Typed-1", &client()).await;
    let _ = platform.identity.login("Typed-as-name-1", "x", &client()).await;
    platform.identity.change_password(&opened.cx, PASSWORD, "Fresh#2027", &client()).await.unwrap();
    let sysadmin = platform.cx("sysadmin").await;
    let id = platform.id("clerk").await;
    let reset =
        platform.identity.reset_password(&sysadmin, &permit(&sysadmin, Action::ManageAccounts), &id).await.unwrap();
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("the platform acts for itself"), "the log is empty");
    platform.store.close().await;
    let mut files = Vec::new();
    for entry in std::fs::read_dir(platform.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            files.extend(std::fs::read(path).unwrap());
        }
    }
    let files = String::from_utf8_lossy(&files).into_owned();
    assert!(files.contains("陈思远"), "the files do not hold the accounts");
    let secrets = [opened.token.reveal(), PASSWORD, "Wrong#Typed-1", "Typed-as-name-1", "Fresh#2027", reset.reveal()];
    for secret in secrets {
        assert!(!files.contains(secret), "a file holds `{secret}`");
        assert!(!log.contains(secret), "the log holds `{secret}`");
    }
    for personal in ["陈思远", "203.0.113.7"] {
        assert!(!log.contains(personal), "the log holds `{personal}`");
    }
}
