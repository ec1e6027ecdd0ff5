//! The roles that come with the program, and what the reader says to a wrong file.

use expect_test::{Expect, expect};
use identity::Roles;

#[test]
fn who_may_do_what() {
    expect![[r#"
                                  auditor  citizen  clerk  models  operator  review_lead  reviewer  security  steward  sysadmin
        account.manage            .        .        .      .       .         .            .         .         .        x
        account.read              .        .        .      .       .         .            .         x         .        x
        answer.score              .        .        .      .       .         x            x         .         .        .
        ask                       .        x        x      x       x         x            x         .         x        .
        audit.export              x        .        .      .       .         .            .         .         .        .
        audit.read                x        .        .      .       .         .            .         .         .        .
        audit.verify              x        .        .      .       .         .            .         .         .        .
        collection.manage         .        .        .      .       .         .            .         .         x        .
        collection.read           .        x        x      x       x         x            x         .         x        .
        correction.manage         .        .        .      .       .         x            x         .         .        .
        document.import           .        .        .      .       .         .            .         .         x        .
        document.remove           .        .        .      .       .         .            .         .         x        .
        egress.request            .        .        .      x       .         .            .         x         .        x
        enterprise.manage         .        .        x      .       .         .            .         .         x        .
        enterprise_policy.manage  .        .        .      .       .         x            x         .         x        .
        feedback.give             .        x        x      x       x         x            x         .         x        .
        guard.test                .        .        .      .       .         .            .         x         .        .
        hotline.handle            .        .        x      .       .         .            .         .         .        .
        hotline.read              .        .        x      .       x         x            x         .         .        .
        hotline.reveal            .        .        x      .       x         .            .         .         .        .
        hotline.supervise         .        .        .      .       .         x            x         .         .        .
        hotline.take              .        .        .      .       x         .            .         .         .        .
        model.manage              .        .        .      x       .         .            .         .         .        .
        model.read                .        .        .      x       .         .            .         .         .        .
        policy.manage             .        .        .      .       .         .            .         x         .        .
        policy.read               .        .        .      .       .         .            .         x         .        .
        review.assign             .        .        .      .       .         x            .         .         .        .
        review.decide             .        .        .      .       .         x            x         .         .        .
        review.read               .        .        .      .       .         x            x         .         .        .
        role.grant                .        .        .      .       .         .            .         x         .        .
        scenario.build            .        .        .      x       .         .            .         .         x        .
        search                    .        .        x      x       x         x            x         .         x        .
        switch.throw              .        .        .      x       .         x            .         x         .        .
        system.manage             .        .        .      .       .         .            .         .         .        x
        system.read               .        .        .      x       .         .            .         x         .        x
        (clearance)               publ     publ     inte   inte    inte      sens         sens      publ      sens     publ
    "#]]
    .assert_eq(&Roles::embedded().unwrap().matrix());
}

/// One line for each change of the file that comes with the program: what the reader says to it.
fn check(changes: &[(&str, &str)], wanted: &Expect) {
    let mut said = String::new();
    for (from, to) in changes {
        let text = Roles::DEFAULT.replacen(from, to, 1);
        assert_ne!(text, Roles::DEFAULT, "`{from}` is not in the file");
        said += &format!("{}\n", Roles::load("roles.toml", &text).unwrap_err());
    }
    wanted.assert_eq(&said);
}

#[test]
fn a_wrong_file_is_told_with_line_and_field() {
    check(
        &[
            ("schema = 1", "schema = 2"),
            ("schema = 1", "schema = 1\nextra = 2"),
            ("title = \"办事人员\"", "titel = \"办事人员\""),
            ("title = \"办事人员\"\n", ""),
            ("clearance = \"sensitive\"", "clearance = \"secret\""),
            ("\"review.decide\"", "\"review.decides\""),
            ("\"review.decide\"", "\"review.read\""),
            ("\"review.decide\"", "7"),
            ("[roles.steward]", "[roles.\"Data Steward\"]"),
            ("[roles.citizen]", "[roles.visitor]"),
            ("[roles.citizen]", "[roles.citizen"),
        ],
        &expect![[r#"
            roles.toml:6: schema: this program reads schema 1
            roles.toml:7: extra: unknown field; known are roles, schema
            roles.toml:9: roles.clerk.titel: unknown field; known are actions, clearance, title, title_en
            roles.toml:8: roles.clerk.title: missing
            roles.toml:26: roles.reviewer.clearance: must be public, internal or sensitive
            roles.toml:36: roles.reviewer.actions: unknown action `review.decides`; known are account.manage, account.read, answer.score, ask, audit.export, audit.read, audit.verify, collection.manage, collection.read, correction.manage, document.import, document.remove, egress.request, enterprise.manage, enterprise_policy.manage, feedback.give, guard.test, hotline.handle, hotline.read, hotline.reveal, hotline.supervise, hotline.take, model.manage, model.read, policy.manage, policy.read, review.assign, review.decide, review.read, role.grant, scenario.build, search, switch.throw, system.manage, system.read
            roles.toml:37: roles.reviewer.actions: `review.read` stands twice
            roles.toml:36: roles.reviewer.actions: must be a list of action names
            roles.toml:75: roles.Data Steward: `Data Steward` is not a role name: 1 to 40 of a-z, 0-9 and _, starting with a letter
            roles.toml:8: roles.citizen: missing; this role must exist
            roles.toml:136: (file): unclosed table, expected `]`
        "#]],
    );
}

#[test]
fn no_file_brings_the_three_administrators_together() {
    check(
        &[
            ("\"system.manage\"", "\"role.grant\""),
            ("\"system.manage\"", "\"audit.read\""),
            ("\"system.manage\"", "\"search\""),
            ("\"role.grant\"", "\"account.manage\""),
            ("\"role.grant\"", "\"collection.read\""),
            ("\"audit.verify\"", "\"ask\""),
            ("\"audit.verify\"", "\"account.read\""),
            ("\"review.decide\"", "\"role.grant\""),
            ("\"review.decide\"", "\"audit.read\""),
            ("[roles.auditor]", "[roles.listener]"),
            ("\"Audit administrator\"\nclearance = \"public\"", "\"A\"\nclearance = \"internal\""),
            ("\"Citizen\"\nclearance = \"public\"", "\"C\"\nclearance = \"internal\""),
            ("[\"ask\", \"collection.read\", \"feedback.give\"]", "[\"ask\", \"review.read\"]"),
        ],
        &expect![[r#"
            roles.toml:113: roles.sysadmin.actions: `role.grant` is another's duty; administrators are separated (GB/T 22239-2019 8.1.5)
            roles.toml:113: roles.sysadmin.actions: `audit.read` is another's duty; administrators are separated (GB/T 22239-2019 8.1.5)
            roles.toml:113: roles.sysadmin.actions: `search` is another's duty; administrators are separated (GB/T 22239-2019 8.1.5)
            roles.toml:125: roles.security.actions: `account.manage` is another's duty; administrators are separated (GB/T 22239-2019 8.1.5)
            roles.toml:125: roles.security.actions: `collection.read` is another's duty; administrators are separated (GB/T 22239-2019 8.1.5)
            roles.toml:134: roles.auditor.actions: `ask` is another's duty; administrators are separated (GB/T 22239-2019 8.1.5)
            roles.toml:134: roles.auditor.actions: `account.read` is another's duty; administrators are separated (GB/T 22239-2019 8.1.5)
            roles.toml:36: roles.reviewer.actions: `role.grant` is another's duty; administrators are separated (GB/T 22239-2019 8.1.5)
            roles.toml:36: roles.reviewer.actions: `audit.read` is another's duty; administrators are separated (GB/T 22239-2019 8.1.5)
            roles.toml:134: roles.listener.actions: `audit.export` is another's duty; administrators are separated (GB/T 22239-2019 8.1.5)
            roles.toml:133: roles.auditor.clearance: `auditor` must not see more than public data
            roles.toml:139: roles.citizen.clearance: `citizen` must not see more than public data
            roles.toml:140: roles.citizen.actions: `review.read` needs an account
        "#]],
    );
}
