//! Names of persons by rule: a family name where a word before or after it says that a person is meant.
//!
//! Precision first: without such a word nothing is a name, so that laws, offices and public figures stay. A trained
//! finder can be added beside this one; it hands over hits in the same form.

use std::collections::HashSet;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use daachorse::{CharwiseDoubleArrayAhoCorasick, CharwiseDoubleArrayAhoCorasickBuilder};

use crate::identifiers::Hit;
use crate::kind::Kind;

/// Family names that hardly begin a common word.
const SAFE: &str = "王李张刘陈杨赵黄周吴徐孙胡朱林郭罗梁宋郑谢韩唐冯董萧程曹袁邓傅沈曾彭吕苏卢蒋蔡贾魏薛阎余潘杜戴夏钟汪姜范姚谭廖邹熊陆郝孔崔毛邱秦顾侯邵孟龙段雷汤尹黎贺赖龚樊兰殷陶翟颜倪严牛温季俞章鲁葛伍韦申尤毕聂焦柳邢骆岳齐沿庞庄涂耿卜席甄欧柴裴祁褚鄢鲍覃詹洪芦霍路滕冉池翁岑桂尚晏阮蒲佘屈宁谷晁靳冼苗甘巩窦闫肖喻闵娄瞿宫麦仇卞柯桑辛莫裘缪匡敖楚卓皮古戚艾";

/// Family names that are common words too: they need a stronger sign.
const COMMON: &str = "高何马于丁叶任方石金白江史万钱易常武乔文安许田康成关华包左束时米车路连解简党盛阳应";

const DOUBLE: &[&str] = &[
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "夏侯", "司徒", "南宫", "独孤",
    "长孙", "宇文", "轩辕", "闻人", "澹台", "太史", "申屠", "端木", "呼延",
];

/// Words that begin like a name and are none.
static WORDS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    "应当 应该 应由 应在 应向 应按 有关 任何 任职 何时 何种 何地 时间 方法 方式 方面 方可 经常 常见 常住 常务 常委 安全 安排 安置 安装 高度 高级 高中 高于 高校 高新 高龄 高速 明确 明显 明知 关于 关系 关键 于是 成为 成立 成功 \
     成都 成年 成本 全部 全体 全国 全面 平均 平等 平时 平台 金额 金融 金华 钱款 万元 万科 许可 许多 许昌 向上 向其 从事 从未 从业 那么 水平 水利 水电 白天 黄金 黄色 马上 马路 马鞍 都是 都有 都不 单位 单独 单县 强制 强调 连续 连接 连云 包括 \
     包含 左右 国家 国务 国有 利用 利益 利息 温州 温度 温馨 常州 常德 徐州 周口 周边 周围 周末 周期 周一 周二 周三 周四 周五 周六 周日 周年 周岁 郑州 梅州 龙岩 龙头 雷州 毕节 毕业 滕州 柳州 贺州 江西 江苏 江门 江北 江南 安徽 安庆 安阳 石家 石油 \
     石材 武汉 武警 武侯 武装 史上 文件 文化 文明 文书 文字 文本 章程 章节 管理 管辖 管道 管委 申请 申报 申诉 申领 申办 申购 尚未 尚无 尚有 路段 路口 路面 路边 路灯 路上 古代 古城 古镇 严重 严格 严禁 严厉 程序 程度 季度 季节 孔子 牛奶 牛肉 \
     游客 游泳 游戏 储蓄 储存 储备 向社 向法 向我 向有 向本 向当 计算 计划 计入 项目 项下 卫生 卫健 代理 代表 代码 代缴 代办 付款 付费 公司 公安 公民 公共 公告 公开 公示 公证 公务 公积 公园 公里 公交 党员 党委 党组 解除 解决 解释 解答 简称 \
     简单 简历 简易 康复 华人 华侨 华为 夏天 夏季 秦皇 洪水 洪灾 池州 宁波 宁夏 宁德 谷物 桂林 兰州 沈阳 苏州 宋体 唐山 韩国 吴忠 黎族 苗族 白族 毛坯 毛利 车辆 车位 车间 车主 车管 车牌 米饭 路线 时候 时效 时限 陆续 陆地 段落 曾经 曾任 曾在 \
     余额 余款 余下 姚安 贾汪 谢谢 席位 池塘 龙泉 欧洲 欧美 欧盟 齐全 齐鲁 莫名 卓越 皮肤 皮革 艾滋 孙子 孙女 范围 范本 汪洋 易于 易燃 康养 田地 田间 丁目 叶片 何况 何处 何为 何人 任务 任期 任命 任意 路政 盛行 盛大 阳光 阳台 原告 原因 原则 原件 \
     干部 干预 干净 元以 束缚 文物 解散 解体 解约 解冻 解封 解聘 游乐 游行 游览 陈述 陈列 陈旧 陈情 梁上 董事 罗列 罗马 段内 焦点 焦虑 焦急 甘愿 甘肃 宁可 宁愿 谈判 尤其 尹是 房屋 凌晨 柳叶 芦苇 庄严 庄园 霍乱 路由 胡同 胡乱 包裹 宫颈 麦田 蒲公 谭木 柯桥 桑蚕 桑拿 辛苦 辛勤 骆驼 岳父 岳母 耿直 席卷 裴回 覃思 童年 童装 彭泽 章丘 葛洲 韦伯 申明 申辩 申告 申述 申购 毕竟 聂耳 聂荣 邢台 顾客 顾问 顾及 雷电 雷达 贺信 殷实 颜色 倪虹 严肃 俞是 鲁莽 鲁迅 夏令 戴上 姜黄 范畴 姚家 熊猫 陆军 陆上 郝然 孔雀 崔是 毛巾 毛重 邱隘 秦岭 侯审 邵阳 孟加 龙舟 龙湾 魏晋 薛城 阎良 余年 余地 潘家 杜绝 杜撰 钟表 钟点 汪清 曹操 袁州 邓州 傅里 沈丘 曾用 曾孙 彭州 吕梁 蒋介 蔡甸 贾岛 梁平 宋代 宋朝 郑重 谢绝 韩元 韩语 唐代 唐朝 冯家 于此 董监 萧山 程家 黄河 黄牛 黄山 黄石 黄埔 黄浦 赵州 杨浦 杨家 陈旧 刘家 张贴 张家 张挂 张某 李某 王某 刘某 陈某 杨某 赵某 周某 吴某 徐某 孙某 胡某 朱某 林某 郭某 罗某 林地 林木 林业 林场 林权 林区 朱砂 胡须 徐徐 吴江 吴中 周转 周密 周到 周全 周知 罗湖 郭沫 孙中 唐某 黄某 王府 王国 王者 李沧 李子 和解 和平 和谐 和其 和有 和被 应急 应付 应收 应聘 应届 应税 应对 应用 时任 时长 方案 方向 方便 石化 石块 金牛 金堂 金属 白酒 白云 江河 江湖 万一 万州 钱包 易地 常年 常规 武器 乔木 安心 安居 安宁 安保 许诺 许愿 \
     田园 关注 关闭 关联 关怀 关爱 关停 华阳 包装 包裹 包车 包干 左侧 单元 单价 单据 单身 单方 项链 应诉 应缴 米左 车祸 车站 车流 车库 车贷 车险 代收 代课 代驾 连锁 连带 连同 连年 全县 全市 全省 全区 全款 全额 全程 全年 全职 全额 利率 利润 平方 平安 \
     平房 平常 强烈 强行 强拆 强迫 强化 明年 明天 明细 计生 计费 计量 水费 水管 水泥 水源 水质 国土 国道 国企 国资 国税 国庆 国内 国外 国际 国民 都市 都会 边境 边上"
        .split_whitespace()
        .collect()
});

/// Before a name. The longest wins.
const BEFORE: &[&str] = &[
    "姓名",
    "我叫",
    "名叫",
    "本人叫",
    "叫做",
    "联系人",
    "申请人",
    "法定代表人",
    "法人代表",
    "负责人",
    "经办人",
    "当事人",
    "被告人",
    "上诉人",
    "被上诉人",
    "原告",
    "被告",
    "患者",
    "病人",
    "户主",
    "业主",
    "家长",
    "监护人",
    "收件人",
    "寄件人",
    "收货人",
    "投诉人",
    "举报人",
    "被举报人",
    "代理人",
    "委托人",
    "受托人",
    "承租人",
    "出租人",
    "房东",
    "配偶",
    "丈夫",
    "妻子",
    "父亲",
    "母亲",
    "儿子",
    "女儿",
    "爱人",
    "老公",
    "老婆",
    "弟弟",
    "哥哥",
    "姐姐",
    "妹妹",
    "学生",
    "同学",
    "职工",
    "员工",
    "村民",
    "居民",
    "市民",
    "群众",
    "驾驶人",
    "驾驶员",
    "司机",
    "签名",
    "签字",
    "署名",
    "反映人",
    "来电人",
    "来信人",
    "投保人",
    "被保险人",
    "死者",
    "伤者",
    "嫌疑人",
    "被害人",
    "受害人",
    "证人",
    "持卡人",
    "开户名",
    "户名",
    "收款人",
    "付款人",
    "购房人",
    "买受人",
    "出卖人",
    "借款人",
    "担保人",
    "承办人",
    "审批人",
    "参保人",
    "离职人员",
    "老人",
    "孩子",
    "公民",
    "本人",
    "我是",
    "法人",
    "亲属",
    "家属",
    "邻居",
    "朋友",
    "同事",
    "客户",
    "乘客",
    "教师",
    "医生",
    "老师",
    "护士",
    "书记",
    "村主任",
    "包工头",
    "老板",
];

/// After a name.
const AFTER: &[&str] =
    &["先生", "女士", "同志", "小姐", "身份证", "公民身份号码", "男", "女", "联系电话", "电话", "手机", "联系方式"];

/// The cues of [`BEFORE`] that hardly ever stand before anything but a name.
const STRONG: &[&str] = &[
    "姓名",
    "我叫",
    "名叫",
    "本人叫",
    "联系人",
    "户名",
    "开户名",
    "收件人",
    "收货人",
    "签名",
    "署名",
    "经办人",
    "收款人",
];

static CUES: LazyLock<Option<CharwiseDoubleArrayAhoCorasick<u32>>> = LazyLock::new(|| {
    let words = BEFORE.iter().chain(AFTER).zip(0..).map(|(word, n)| (*word, n));
    CharwiseDoubleArrayAhoCorasickBuilder::new()
        .match_kind(daachorse::MatchKind::LeftmostLongest)
        .build_with_values(words)
        .ok()
});

/// Whether a name is a public figure's in a name that the law uses: 毛泽东思想, 邓小平理论.
pub(crate) fn is_public_figure(name: &str, after: &str) -> bool {
    match name {
        "毛泽东" | "习近平" => after.starts_with("思想") || after.starts_with("新时代"),
        "邓小平" => after.starts_with("理论"),
        "马克思" | "列宁" => after.starts_with("主义") || after.starts_with("列宁"),
        _ => false,
    }
}

/// Whether a name begins with a family name of two characters.
pub(crate) fn is_double_surname(name: &str) -> bool {
    DOUBLE.iter().any(|double| name.starts_with(double))
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}')
}

/// May stand in a given name.
fn is_given(c: char) -> bool {
    is_han(c)
        && !"的了是在和与及等者人们我你他她它这那不没有为以于其之或应由因被把将对从到至向给让使所并且但如若则即已曾就都也还再又很太更最可能会要想请问说称某个各每些此该种类条款项号元年月日时分秒第省市县区镇乡村路街栋幢室单位公司局厅部委院校厂店男女先士姓身证电话您需须办吗呢吧啊买卖租住做去来".contains(c)
}

/// After a name without punctuation.
fn follows_name(c: char) -> bool {
    "的是在于与和及同因被向对把将为从到至有已现系男女身电手联住出生提要想说称表投反来等去也都不未曾户户等先后以经"
        .contains(c)
}

/// The bytes of a name at the head of `tail`, and how sure.
fn name_at(tail: &str, strong: bool) -> Option<(usize, f32)> {
    let mut chars = tail.chars();
    let first = chars.next()?;
    let double = is_double_surname(tail);
    if !double && !SAFE.contains(first) && !COMMON.contains(first) {
        return None;
    }
    let surname = if double { 2 } else { 1 };
    let head: String = tail.chars().take(2).collect();
    if !double && WORDS.contains(head.as_str()) {
        return None;
    }
    let given: Vec<char> = tail.chars().skip(surname).take(2).take_while(|c| is_given(*c)).collect();
    let at = |n: usize| tail.chars().nth(surname + n);
    let stops = |c: Option<char>| c.is_none_or(|c| !is_han(c));
    let weak = |c: Option<char>| c.is_some_and(follows_name);
    let common = !double && COMMON.contains(first);
    let (len, score) = if given.len() == 2 && stops(at(2)) {
        (2, 0.92)
    } else if !given.is_empty() && stops(at(1)) {
        (1, if common { 0.7 } else { 0.9 })
    } else if given.len() == 2 && weak(at(2)) && (strong || !common) {
        (2, 0.8)
    } else if !given.is_empty() && weak(at(1)) && (strong || !common) {
        (1, 0.65)
    } else if given.len() == 2 && strong && !common {
        (2, 0.6)
    } else {
        return None;
    };
    let bytes = tail.chars().take(surname + len).map(char::len_utf8).sum();
    Some((bytes, if strong { score } else { score - 0.1 }))
}

/// The start of a name that ends the text `head`: two to four characters after something that is no word.
fn name_before(head: &str) -> Option<usize> {
    for len in [3, 2, 4] {
        let Some((start, first)) = head.char_indices().rev().nth(len - 1) else { continue };
        let name = head.get(start..)?;
        let before = head.get(..start)?.chars().next_back();
        let open = before.is_none_or(|c| !is_han(c) || "是叫和与给向找由被请让为对问及的、".contains(c));
        let double = is_double_surname(name);
        let begins = double && len >= 3 || SAFE.contains(first) && len <= 3;
        let two: String = name.chars().take(2).collect();
        if open
            && begins
            && !WORDS.contains(two.as_str())
            && name.chars().skip(if double { 2 } else { 1 }).all(is_given)
        {
            return Some(start);
        }
    }
    None
}

/// Between a label and a name.
fn is_link(c: char) -> bool {
    matches!(c, ':' | '：' | ' ' | '\u{3000}' | '\t' | '|' | '｜' | '【' | '“' | '"' | '（' | '(')
}

pub(crate) fn find(text: &str, hits: &mut Vec<Hit>) {
    let Some(cues) = CUES.as_ref() else { return };
    let mut names: Vec<&str> = Vec::new();
    let mut done = 0;
    for cue in cues.leftmost_find_iter(text) {
        let index = cue.value() as usize;
        if let Some(word) = BEFORE.get(index) {
            let tail = text.get(cue.end()..).unwrap_or_default();
            let body = tail.trim_start_matches(is_link);
            let link = tail.len() - body.len();
            let body = if link == 0 { body.strip_prefix(['是', '为']).unwrap_or(body) } else { body };
            if link > 12 {
                continue;
            }
            let mut start = cue.end() + (tail.len() - body.len());
            let strong = STRONG.contains(word) || (link > 0 && tail.starts_with([':', '：']));
            // A name, then others in the same list.
            let mut next = name_at(body, strong);
            while let Some((bytes, score)) = next {
                if start >= done {
                    hits.push(Hit {
                        kind: Kind::PersonName,
                        start,
                        end: start + bytes,
                        score,
                        rule: "person_name.label",
                    });
                    names.extend(text.get(start..start + bytes));
                    done = start + bytes;
                }
                let rest = text.get(start + bytes..).unwrap_or_default();
                let Some(list) = rest.strip_prefix(['、', '和', '与']) else { break };
                start += bytes + (rest.len() - list.len());
                next = name_at(list, false).filter(|(_, score)| *score >= 0.65);
            }
        } else if let Some(word) = index.checked_sub(BEFORE.len()).and_then(|i| AFTER.get(i)) {
            let near = text.get(..cue.start()).unwrap_or_default();
            let from = near.char_indices().rev().nth(8).map_or(0, |(i, _)| i);
            let near = near.get(from..).unwrap_or_default();
            let head = near.trim_end_matches([' ', ',', '，', '(', '（', '\u{3000}', '\t', '、', ':', '：', '|']);
            let title = matches!(*word, "先生" | "女士" | "同志" | "小姐");
            let sex = matches!(*word, "男" | "女");
            let closed = text
                .get(cue.end()..)
                .and_then(|t| t.chars().next())
                .is_none_or(|c| matches!(c, ',' | '，' | '、' | ')' | '）' | ' ' | '。' | ';' | '；'));
            if title != (head.len() == near.len()) && (title || sex) || (sex && !closed) {
                continue;
            }
            if let Some(start) = name_before(head).map(|start| from + start).filter(|start| *start >= done) {
                let end = from + head.len();
                hits.push(Hit {
                    kind: Kind::PersonName,
                    start,
                    end,
                    score: if title || sex { 0.8 } else { 0.7 },
                    rule: "person_name.title",
                });
                names.extend(text.get(start..end));
                done = end;
            }
        }
    }
    // Two characters that are a name here may be half a word there.
    names.retain(|name| name.chars().count() >= 3);
    again(text, names, hits);
}

/// The same names where no word stands beside them.
fn again(text: &str, mut names: Vec<&str>, hits: &mut Vec<Hit>) {
    names.sort_unstable();
    names.dedup();
    names.truncate(2_000);
    if names.is_empty() {
        return;
    }
    let Ok(all) = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&names) else { return };
    hits.extend(all.find_iter(text).map(|m| Hit {
        kind: Kind::PersonName,
        start: m.start(),
        end: m.end(),
        score: 0.6,
        rule: "person_name.again",
    }));
}

#[cfg(test)]
mod tests {
    use super::find;

    fn names(text: &str) -> Vec<&str> {
        let mut hits = Vec::new();
        find(text, &mut hits);
        hits.sort_by_key(|hit| hit.start);
        hits.dedup_by_key(|hit| hit.start);
        hits.iter().filter_map(|hit| text.get(hit.start..hit.end)).collect()
    }

    #[test]
    fn names_are_found_by_the_words_beside_them() {
        assert_eq!(names("我叫王小明，今年30岁。"), ["王小明"]);
        assert_eq!(names("联系人：欧阳锋 电话010-66001234"), ["欧阳锋"]);
        assert_eq!(names("张伟先生和李娜女士"), ["张伟", "李娜"]);
        assert_eq!(names("姓名：张三，男，汉族。"), ["张三"]);
        assert_eq!(names("当事人刘德明、陈小红向法院起诉"), ["刘德明", "陈小红"]);
        assert_eq!(names("赵敏，女，1990年生"), ["赵敏"]);
    }

    #[test]
    fn words_of_the_law_are_no_names() {
        for text in [
            "申请人应当提交申请书，负责人应当签字",
            "当事人有权申请回避",
            "原告向人民法院提起诉讼",
            "职工应当参加基本养老保险，学生和教师可以申请",
            "公民享有平等的权利，居民委员会",
            "法定代表人变更登记需要什么材料",
            "患者安全管理，业主大会，村民委员会",
            "我是高中学生，我是江西人，我是退伍军人",
            "申请人时间安排，家长教育",
        ] {
            assert_eq!(names(text), Vec::<&str>::new(), "{text}");
        }
    }
}
