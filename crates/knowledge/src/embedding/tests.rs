//! What holds of every model: it reads as it was written, damage is found, and training repeats.

use proptest::prelude::*;

use super::{Broken, Embedding, LearnArticle, LearnPair, Recipe, learn};

/// A few rules of a made-up town, and how people ask for them.
fn lessons() -> (Vec<LearnArticle>, Vec<LearnPair>) {
    let rules = [
        ("房屋租赁条例", "租赁期限届满，承租人应当返还房屋。出租人应当退还押金。", "房东不退押金"),
        ("房屋租赁条例", "出租人应当履行维修义务，保证房屋正常使用。", "热水器坏了谁修"),
        ("工资支付条例", "用人单位应当按月支付工资，不得拖欠。", "老板拖工资"),
        ("工资支付条例", "用人单位安排加班的，应当支付加班工资。", "加班不给钱"),
        ("养犬管理条例", "携带犬只外出，应当使用牵引绳，避让行人。", "遛狗不牵绳"),
        ("养犬管理条例", "犬只伤人的，饲养人应当承担医疗费用。", "被狗咬了谁赔"),
    ];
    let articles = rules.iter().map(|(law, text, _)| LearnArticle {
        law: (*law).to_owned(),
        text: (*text).to_owned(),
        ..LearnArticle::default()
    });
    let pairs = rules.iter().map(|(_, text, query)| LearnPair {
        query: (*query).to_owned(),
        positive: (*text).to_owned(),
        weight: 1.0,
        is_question: true,
        ..LearnPair::default()
    });
    (articles.collect(), pairs.collect())
}

fn small(threads: usize) -> Embedding {
    let (articles, pairs) = lessons();
    let recipe = Recipe { dims: 16, rounds: 20, pair_rounds: 100, in_articles: 1, threads, ..Recipe::default() };
    learn(&articles, &pairs, &recipe, None, &mut |_| {}).embedding
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn questions_learn_their_articles_and_training_repeats() {
    let model = small(2);
    let (articles, pairs) = lessons();
    for (at, pair) in pairs.iter().enumerate() {
        let question = model.encode_question(&pair.query);
        let score = |article: &LearnArticle| {
            cosine(&question, &model.encode_article(&article.law, &article.path, &article.text))
        };
        let best = articles.iter().map(score).enumerate().max_by(|a, b| a.1.total_cmp(&b.1));
        assert_eq!(best.map(|best| best.0), Some(at), "{}", pair.query);
    }
    assert!(model.law("养犬管理条例") > 0.0);
    assert_eq!(model.write(), small(1).write());
}

#[test]
fn a_model_goes_on_from_another_one() {
    let start = small(2);
    let (articles, pairs) = lessons();
    let recipe = Recipe { rounds: 0, pair_rounds: 0, in_articles: 1, ..Recipe::default() };
    let same = learn(&articles, &pairs, &recipe, Some(&start), &mut |_| {}).embedding;
    assert!(cosine(&same.encode_question("被狗咬了"), &start.encode_question("被狗咬了")) > 0.99);
}

#[test]
fn hostile_files_are_errors() {
    let good = small(2).write();
    assert_eq!(Embedding::read(b"").unwrap_err(), Broken::NotAModel);
    assert_eq!(Embedding::read(b"GIF89a..........").unwrap_err(), Broken::NotAModel);
    assert!(Embedding::read(good.get(..good.len() / 2).unwrap()).is_err());
    let mut newer = good.clone();
    newer[4] = 9;
    assert_eq!(Embedding::read(&newer).unwrap_err(), Broken::Version(9));
    let mut huge = good.clone();
    huge[8..12].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(Embedding::read(&huge).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn no_changed_byte_goes_unseen(at in 0_usize..3000, with in 1_u8..) {
        let mut bytes = Embedding::shipped().write();
        let at = at % bytes.len();
        bytes[at] ^= with;
        prop_assert!(Embedding::read(&bytes).is_err());
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut made = b"SZEM\x02\x00\x10\x00".to_vec();
        made.extend(&bytes);
        let _ = Embedding::read(&made);
        prop_assert!(Embedding::read(&bytes).is_err());
    }
}
