//! Every vector of STANDARDS.md §6, and the traps beside them.

use guard::{Options, find_personal_data};
use kernel::text::slice;

/// `kind:value` of every finding.
fn found(text: &str) -> Vec<String> {
    found_at(text, None)
}

fn found_at(text: &str, today: Option<kernel::Date>) -> Vec<String> {
    find_personal_data(text, &Options { today, ..Options::default() })
        .into_iter()
        .map(|f| format!("{}:{}", f.kind, slice(text, f.span)))
        .collect()
}

#[track_caller]
fn is(kind: &str, value: &str, text: &str) {
    assert_eq!(found(text), [format!("{kind}:{value}")], "{text}");
}

#[track_caller]
fn none(text: &str) {
    assert_eq!(found(text), Vec::<String>::new(), "{text}");
}

#[test]
fn resident_ids() {
    for id in [
        "11010519491231002X",
        "440524188001010014",
        "110101189001010016",
        "310101188512310283",
        "440106189602290138",
        "500112188007043457",
        "659001187706066625",
        "110101189003070020",
        "110101189003070071",
        "110101189003070012",
        "110101189003070063",
        "110101189003070194",
        "110101189003070055",
        "110101189003070186",
        "110101189003070047",
        "110101189003070098",
        "110101189003070039",
        "11010118900307008X",
        "911124198108030024",
    ] {
        is("id_card", id, &format!("号码{id}。"));
        is("id_card", id, id);
    }
    is("id_card", "11010519491231002x", "身份证：11010519491231002x");
    is("id_card", "１１０１０５１９４９１２３１００２Ｘ", "身份证：１１０１０５１９４９１２３１００２Ｘ，");
    is("id_card", "110105 19491231 002X", "身份证 110105 19491231 002X 办理");
    is("id_card", "110105-19491231-002X", "证件110105-19491231-002X");
    is("id_card", "1101 0519 4912 3100 2X", "1101 0519 4912 3100 2X");
    is("id_card", "110105491231002", "身份证号110105491231002");
    is("id_card", "110105491231002", "110105491231002");
    is("id_card", "ABC110105199001", "永久居留证号ABC110105199001");
    is("hk_mo_tw_permit", "810000199408230021", "居住证810000199408230021");
    is("hk_mo_tw_permit", "830000199201300022", "830000199201300022");
}

#[test]
fn ids_that_are_none() {
    for bad in [
        "110105194912310021",
        "110105194902300026",
        "11010519491231002Y",
        // Embedded in longer runs.
        "9911010519491231002X",
        "11010519491231002X99",
        "A11010519491231002X",
        "11010519491231002XB",
        // No such province.
        "990105194912310027",
        // A registration number, ISO 7064 MOD 11,10.
        "注册号110108000000016",
        "123456789012345678",
    ] {
        none(bad);
    }
    let today = kernel::Date::new(2026, 11, 23).unwrap();
    assert_eq!(found_at("110101189001010016", Some(today)), ["id_card:110101189001010016"]);
    assert_eq!(found_at("110101189001010016", Some(kernel::Date::new(1889, 1, 1).unwrap())), Vec::<String>::new());
}

#[test]
fn credit_codes() {
    for code in [
        "91350100M000100Y43",
        "91440300708461136T",
        "91110102MAD55U9H0F",
        "91110114MACY9KQ17M",
        "91110101XXXXXXXX0A",
        "91310115XXXXXXX190",
        "11440106XXXXXXX275",
        "12330106XXXXXXX352",
        "51500000XXXXXXX431",
        "92659001XXXXXXXA26",
        "93510100XXXXXXXK4J",
    ] {
        is("credit_code", code, &format!("统一社会信用代码：{code}，"));
    }
    for bad in
        ["91350100M000100Y44", "91350100M000100I43", "91350100M00010OY43", "A91350100M000100Y43", "91350100M000100Y430"]
    {
        none(bad);
    }
}

#[test]
fn bank_cards() {
    for card in
        ["6222020000000000000", "6217000000000000012", "622848000000000007", "6225880000000001", "4111111111111111"]
    {
        is("bank_card", card, &format!("卡号{card}。"));
        is("bank_card", card, card);
    }
    is("bank_card", "6222 0200 0000 0000 000", "6222 0200 0000 0000 000");
    is("bank_card", "4111-1111-1111-1111", "银行卡4111-1111-1111-1111");
    for bad in [
        "4111111111111112",
        "7992739871300000",
        "订单号6225880000000001",
        "快递单号：4111111111111111",
        "6225880000000001.50元",
    ] {
        none(bad);
    }
}

#[test]
fn phones() {
    is("mobile", "13800138000", "电话13800138000，");
    is("mobile", "+86 138-0013-8000", "+86 138-0013-8000");
    is("mobile", "0086-19900001111", "0086-19900001111");
    is("mobile", "138 0013 8000", "手机 138 0013 8000");
    is("mobile", "１３８００１３８０００", "手机：１３８００１３８０００");
    is("mobile", "138\u{200b}0013\u{200b}8000", "138\u{200b}0013\u{200b}8000");
    is("landline", "010-66001234", "010-66001234");
    is("landline", "0755-88001234", "0755-88001234");
    is("landline", "0871-6312345", "0871-6312345");
    is("landline", "010-66001234转801", "010-66001234转801");
    is("landline", "（010）66001234", "电话（010）66001234");
    is("landline", "66001234", "电话：66001234");
    for bad in [
        "12800138000",
        "138001380001",
        "113800138000",
        "010-660012345",
        "021 12345678",
        "13800138000元",
        "订单号13800138000",
        "13800138000.55",
        "a13800138000",
    ] {
        none(bad);
    }
}

#[test]
fn passports_and_permits() {
    is("passport", "E12345678", "护照号E12345678");
    is("passport", "EA1234567", "护照EA1234567");
    is("passport", "G12345678", "G12345678");
    is("passport", "D1234567", "外交护照D1234567");
    is("hk_mo_tw_permit", "C12345678", "往来港澳通行证C12345678");
    is("hk_mo_tw_permit", "CA1234567", "通行证号：CA1234567");
    is("hk_mo_tw_permit", "L12345678", "台湾通行证L12345678");
    is("hk_mo_tw_permit", "H1234567800", "回乡证H1234567800");
    is("hk_mo_tw_permit", "12345678", "台胞证号：12345678");
    is("military_id", "军字第1234567号", "军官证：军字第1234567号");
    for bad in [
        "E1234567",
        "护照EI1234567",
        "C12345678",
        "通行证C1234567",
        "回乡证H123456789",
        "军字第1234567号判决",
        "型号E12345678",
        "12345678",
    ] {
        none(bad);
    }
}

#[test]
fn plates() {
    for plate in ["京A12345", "粤B1234警", "粤Z1234港", "京AD12345", "沪A12345D", "粤BF12345", "川A·12345", "苏E 12345"]
    {
        is("vehicle_plate", plate, &format!("车牌{plate}。"));
    }
    for bad in ["京I12345", "京AO1234", "京A1234", "京A123456", "京ABCDEF", "他A12345"] {
        none(bad);
    }
}

#[test]
fn addresses_on_the_net() {
    is("email", "zhang.san@example.gov.cn", "邮箱zhang.san@example.gov.cn，");
    is("email", "a＠b.cn", "a＠b.cn");
    is("ip_address", "192.168.1.20", "服务器192.168.1.20");
    is("ip_address", "2001:db8::8a2e:370:7334", "地址2001:db8::8a2e:370:7334。");
    is("url", "https://www.gov.cn/zhengce?id=1", "见https://www.gov.cn/zhengce?id=1。");
    is("url", "www.example.cn", "访问www.example.cn，");
    for bad in [
        "1.2.3.4",
        "版本1.2.3.45",
        "v10.20.30.40",
        "10.20.30.40.50",
        "256.1.1.1",
        "12:30:45",
        "std::fs::read",
        "a@b",
        "@示例",
        "第1.2.3.40条",
        "http://",
    ] {
        none(bad);
    }
}

#[test]
fn what_only_a_label_gives_away() {
    is("date_of_birth", "1990年1月1日", "出生日期：1990年1月1日");
    is("date_of_birth", "1990-01-01", "生于1990-01-01");
    is("date_of_birth", "19900101", "出生日期19900101，");
    is("date_of_birth", "1957年1月10日", "男，1957年1月10日出生");
    is("wechat", "zhang_san88", "微信号：zhang_san88");
    is("wechat", "wxid-abc", "加微信wxid-abc");
    is("qq", "12345678", "QQ：12345678");
    is("qq", "800123456", "扣扣 800123456");
    is("medical_record", "ZY20230001", "住院号：ZY20230001");
    is("social_security", "1234567890", "社保号1234567890");
    for bad in
        ["1990年1月1日", "1970年1月1日以后出生的职工", "自2024年1月1日起施行", "微信支付", "QQ群", "住院3天", "社保5年"]
    {
        none(bad);
    }
}

#[test]
fn secrecy_marks() {
    is("secrecy_mark", "机密★10年", "机密★10年\n关于……的报告");
    is("secrecy_mark", "秘密★1年", "秘密★1年");
    is("secrecy_mark", "绝密★", "绝密★");
    is("secrecy_mark", "机密", "密级：机密");
    is("secrecy_mark", "秘密", "【秘密】会议纪要");
    for bad in ["保守国家秘密法", "商业秘密", "绝密、机密、秘密三级", "密级分为绝密、机密、秘密", "什么是国家秘密？"]
    {
        none(bad);
    }
}

#[test]
fn questions_about_policy_hold_no_personal_data() {
    for text in [
        "《中华人民共和国劳动合同法》第三十九条第二款怎么理解？",
        "国办发〔2020〕53号文件对12345热线有什么规定？",
        "成都市公积金贷款最高额度是多少？",
        "2024年1月5日后离职，经济补偿金按3倍社平工资封顶吗？",
        "个体工商户注册资本100万元，需要什么材料？",
        "国务院总理、省长、市长由谁选举产生？",
        "中国人民银行、国家税务总局、四川省人力资源和社会保障厅的职责",
        "有限责任公司的股东人数上限是50人吗？",
        "申请人应当在15日内提出行政复议，负责人应当签字吗？",
        "法定代表人变更登记需要什么材料？当事人有权申请回避吗？",
        "工伤认定申请时限是30日，超过1年还能申请吗？联系电话怎么填？",
        "身份证丢了怎么补办？电话12345可以咨询吗？",
        "男职工60周岁、女职工50周岁退休的规定，1970年出生的人怎么算？",
    ] {
        none(text);
    }
}
