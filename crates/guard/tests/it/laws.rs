//! What must hold for every text.

use guard::{Options, Profile, Screened, deidentify, find_personal_data, screen, screen_input, verify};
use proptest::prelude::*;

/// Pieces that recognisers look for, glued together in every way.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(
            [
                "11010519491231002X",
                "110105 19491231 002X",
                "110105491231002",
                "810000199408230021",
                "91350100M000100Y43",
                "6225880000000001",
                "6222 0200 0000 0000 000",
                "13800138000",
                "+86 138-0013-8000",
                "010-66001234",
                "（010）66001234转801",
                "护照E12345678",
                "通行证C12345678",
                "京A12345",
                "粤B1234警",
                "a.b@c.cn",
                "192.168.1.20",
                "2001:db8::8a2e:370:7334",
                "https://a.cn/x?y=1",
                "www.a.cn",
                "出生日期：1990年1月1日",
                "1990-01-01出生",
                "微信号：zhang_san88",
                "QQ：12345678",
                "住院号：ZY20230001",
                "社保号1234567890",
                "机密★10年",
                "密级：秘密",
                "我叫王小明",
                "联系人：张三",
                "李娜女士",
                "住在成都市武侯区人民南路四段11号3栋2单元501室",
                "成都天府软件科技有限公司",
                "⟦手机1⟧",
                "⟦",
                "⟧",
                "，",
                "。",
                " ",
                "-",
                "\n",
                "1",
                "2024",
                "A",
                "中",
                "的",
                "：",
                "@",
                ":",
                ".",
                "\u{200b}",
                "１３",
                "％",
                "《民法典》第三十九条",
                "*",
                "＊",
                "男，",
                "电话",
                "姓名",
            ]
            .as_slice()
        )
        .prop_map(str::to_owned),
        "\\PC{0,6}",
        "[0-9]{1,20}",
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn what_was_taken_out_can_be_put_back(text in text()) {
        let done = deidentify(&text, &Options::reversible());
        prop_assert_eq!(done.vault.restore(&done.text), text);
    }

    #[test]
    fn nothing_is_found_in_what_was_taken_out(text in text()) {
        let done = deidentify(&text, &Options::reversible());
        prop_assert_eq!(find_personal_data(&done.text, &Options::default()), vec![], "{}", done.text);
    }

    #[test]
    fn findings_are_in_order_apart_and_inside(text in text()) {
        let chars = text.chars().count();
        let mut last = 0;
        for finding in deidentify(&text, &Options::default()).findings {
            prop_assert!(finding.span.start >= last && finding.span.start < finding.span.end && finding.span.end <= chars);
            last = finding.span.end;
        }
    }

    #[test]
    fn no_text_breaks_the_guard(text in text(), other in text()) {
        for finding in screen(&text, Some(&other)).findings {
            prop_assert!(finding.start <= finding.end);
        }
        let report = verify(&text, &[&other, &text]);
        prop_assert!((0.0..=1.0).contains(&report.score));
        for claim in report.claims {
            prop_assert!(claim.end <= text.chars().count());
        }
        if let Screened::Clean(clean) = screen_input(&Profile::default(), &text) {
            let asked = clean.restore(clean.text());
            prop_assert!(text.contains(&asked));
        }
    }

    #[test]
    fn every_unicode_text_is_survived(text in any::<String>()) {
        let done = deidentify(&text, &Options::reversible());
        prop_assert_eq!(done.vault.restore(&done.text), text.clone());
        let _ = screen(&text, None);
        let _ = verify(&text, &[&text]);
    }
}
