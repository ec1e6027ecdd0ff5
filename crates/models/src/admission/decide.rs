//! Who goes next: the decision about free places, as a pure function over what runs and what waits.

use std::collections::BTreeMap;

use kernel::Timestamp;

use crate::Quota;

/// Waiting this long counts as much as one point of priority, so that nothing waits for ever.
const AGING_MS: i64 = 2_000;
/// After this long a request counts as within its department's share, whoever else waits.
const PATIENCE_MS: i64 = 60_000;

/// A request that runs, or a place that a server holds ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The model.
    pub model: String,
    /// The department; empty for a place held ready.
    pub department: String,
}

/// A request that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which.
    pub id: String,
    /// The models that would do, first choice first.
    pub models: Vec<String>,
    /// For which department.
    pub department: String,
    /// The scenario's priority, 0 to 100.
    pub priority: u8,
    /// Since when.
    pub since: Timestamp,
}

impl Waiting {
    fn points(&self, now: Timestamp) -> i64 {
        i64::from(self.priority) + now.millis_since(self.since).max(0) / AGING_MS
    }
}

/// A place that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// To which waiting request.
    pub id: String,
    /// On which model.
    pub model: String,
}

/// Gives free places to those who wait: first to departments below their share, then by priority with aging, then by
/// time. A place that another department is guaranteed is not given; nobody goes above the own ceiling.
#[must_use]
pub fn decide(
    capacity: &BTreeMap<String, u32>,
    quotas: &[Quota],
    running: &[Running],
    waiting: &[Waiting],
    now: Timestamp,
) -> Vec<Grant> {
    let mut load: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    let mut used: BTreeMap<&str, u32> = BTreeMap::new();
    for one in running {
        *load.entry((&one.model, &one.department)).or_default() += 1;
        *used.entry(&one.model).or_default() += 1;
    }
    let mut left: Vec<&Waiting> = waiting.iter().collect();
    let mut grants = Vec::new();
    // One at a time: each grant changes who is below the own share.
    while let Some((at, model)) = next(capacity, quotas, &load, &used, &left, now) {
        let one = left.remove(at);
        *load.entry((model, &one.department)).or_default() += 1;
        *used.entry(model).or_default() += 1;
        grants.push(Grant { id: one.id.clone(), model: model.to_owned() });
    }
    grants
}

fn next<'w>(
    capacity: &BTreeMap<String, u32>,
    quotas: &[Quota],
    load: &BTreeMap<(&str, &str), u32>,
    used: &BTreeMap<&str, u32>,
    left: &[&'w Waiting],
    now: Timestamp,
) -> Option<(usize, &'w str)> {
    let mut best: Option<((bool, i64, i64), usize, &str)> = None;
    for (at, one) in left.iter().enumerate() {
        let Some((model, borrows)) = one.models.iter().find_map(|model| {
            let borrows = fits(capacity, quotas, load, used, model, &one.department)?;
            Some((model.as_str(), borrows))
        }) else {
            continue;
        };
        let borrows = borrows && now.millis_since(one.since) < PATIENCE_MS;
        let order = (borrows, -one.points(now), one.since.as_millis());
        if best.as_ref().is_none_or(|(first, _, _)| order < *first) {
            best = Some((order, at, model));
        }
    }
    best.map(|(_, at, model)| (at, model))
}

/// Whether a department may have one more place on a model, and whether it would be borrowed.
fn fits(
    capacity: &BTreeMap<String, u32>,
    quotas: &[Quota],
    load: &BTreeMap<(&str, &str), u32>,
    used: &BTreeMap<&str, u32>,
    model: &str,
    department: &str,
) -> Option<bool> {
    let capacity = capacity.get(model).copied().unwrap_or(u32::MAX);
    let free = capacity.saturating_sub(used.get(model).copied().unwrap_or(0));
    let has = |department: &str| load.get(&(model, department)).copied().unwrap_or(0);
    let own = quotas.iter().find(|quota| quota.department == department);
    let mine = has(department);
    if free == 0 || own.and_then(|quota| quota.ceiling).is_some_and(|ceiling| mine >= ceiling) {
        return None;
    }
    let (guarantee, deserved) = own.map_or((0, 0), |quota| (quota.guarantee, quota.deserved.max(quota.guarantee)));
    if mine >= guarantee {
        let kept: u32 = quotas
            .iter()
            .filter(|quota| quota.department != department)
            .map(|quota| quota.guarantee.saturating_sub(has(&quota.department)))
            .fold(0, u32::saturating_add);
        if free <= kept {
            return None;
        }
    }
    Some(mine >= deserved)
}

/// Where each of those who wait stands, 1 first: in the order in which places would be given if there were enough.
#[must_use]
pub fn positions(waiting: &[Waiting], now: Timestamp) -> BTreeMap<String, u32> {
    let mut order: Vec<&Waiting> = waiting.iter().collect();
    order.sort_by_key(|one| (-one.points(now), one.since.as_millis()));
    (1..).zip(order).map(|(place, one)| (one.id.clone(), place)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, VecDeque};

    use kernel::Timestamp;
    use proptest::prelude::*;

    use super::{Running, Waiting, decide};
    use crate::Quota;

    fn quota(department: &str, guarantee: u32, deserved: u32, ceiling: Option<u32>) -> Quota {
        Quota { department: department.to_owned(), guarantee, deserved, ceiling, tokens_per_month: None }
    }

    fn waiting(id: &str, department: &str, priority: u8, since: i64) -> Waiting {
        Waiting {
            id: id.to_owned(),
            models: vec!["m".to_owned()],
            department: department.to_owned(),
            priority,
            since: Timestamp::from_millis(since),
        }
    }

    fn run(department: &str) -> Running {
        Running { model: "m".to_owned(), department: department.to_owned() }
    }

    fn places(n: u32) -> BTreeMap<String, u32> {
        BTreeMap::from([("m".to_owned(), n)])
    }

    fn granted(n: u32, quotas: &[Quota], running: &[Running], waiting: &[Waiting], now: i64) -> Vec<String> {
        decide(&places(n), quotas, running, waiting, Timestamp::from_millis(now)).into_iter().map(|g| g.id).collect()
    }

    #[test]
    fn priority_goes_first_then_time_and_waiting_makes_up_for_it() {
        let line = [waiting("late", "a", 60, 10), waiting("low", "a", 20, 0), waiting("early", "a", 60, 0)];
        assert_eq!(granted(3, &[], &[], &line, 20), ["early", "late", "low"]);
        // 90 seconds are worth 45 points.
        let line = [waiting("fresh", "a", 60, 90_000), waiting("old", "a", 20, 0)];
        assert_eq!(granted(1, &[], &[], &line, 90_000), ["old"]);
    }

    #[test]
    fn what_is_guaranteed_is_not_lent_and_a_share_comes_back() {
        let quotas = [quota("a", 2, 3, None), quota("b", 0, 2, Some(3))];
        // b may borrow up to what a is guaranteed, and never above its ceiling.
        let line: Vec<Waiting> = (0..6).map(|n| waiting(&format!("b{n}"), "b", 90, n)).collect();
        assert_eq!(granted(5, &quotas, &[], &line, 10), ["b0", "b1", "b2"]);
        // With everything lent but the guarantee, a gets its own and then waits like others.
        let full = [run("b"), run("b"), run("b")];
        let line: Vec<Waiting> = (0..3).map(|n| waiting(&format!("a{n}"), "a", 10, n)).collect();
        assert_eq!(granted(5, &quotas, &full, &line, 10), ["a0", "a1"]);
        // One of b's ends: a is below its share, so its low priority goes before b's high one.
        let running = [run("b"), run("b"), run("a"), run("a")];
        let line = [waiting("b", "b", 90, 0), waiting("a", "a", 10, 5)];
        assert_eq!(granted(5, &quotas, &running, &line, 10), ["a"]);
    }

    fn department() -> impl Strategy<Value = String> {
        prop::sample::select(vec!["a", "b", "c", "d"]).prop_map(str::to_owned)
    }

    proptest! {
        #[test]
        fn no_place_is_given_twice_and_guarantees_hold(
            capacity in 0u32..12,
            guarantees in prop::collection::vec(0u32..4, 3),
            ceilings in prop::collection::vec(prop::option::of(4u32..8), 3),
            busy in prop::collection::vec(department(), 0..14),
            line in prop::collection::vec((department(), 0u8..100, 0i64..100_000), 0..20),
        ) {
            let quotas: Vec<Quota> = ["a", "b", "c"].iter().zip(guarantees.iter().zip(&ceilings))
                .map(|(d, (g, c))| quota(d, *g, *g, *c)).collect();
            let running: Vec<Running> = busy.iter().map(|d| run(d)).collect();
            let line: Vec<Waiting> = line.iter().enumerate()
                .map(|(n, (d, p, s))| waiting(&n.to_string(), d, *p, *s)).collect();
            let grants = decide(&places(capacity), &quotas, &running, &line, Timestamp::from_millis(100_000));
            let free = usize::try_from(capacity).unwrap().saturating_sub(running.len());
            prop_assert!(grants.len() <= free);
            let of = |id: &str| line.iter().find(|w| w.id == id).unwrap().department.clone();
            let mut ids: Vec<&str> = grants.iter().map(|g| g.id.as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), grants.len());
            let mut kept = 0;
            for quota in &quotas {
                let had = busy.iter().filter(|d| **d == quota.department).count();
                let got = grants.iter().filter(|g| of(&g.id) == quota.department).count();
                let wants = line.iter().filter(|w| w.department == quota.department).count();
                prop_assert!(quota.ceiling.is_none_or(|c| got == 0 || had + got <= c as usize));
                kept += (quota.guarantee as usize).saturating_sub(had + got);
                // Whoever waits below the own guarantee is only refused when there is no free place at all.
                if had + got < quota.guarantee as usize && got < wants {
                    prop_assert_eq!(grants.len(), free);
                }
            }
            // Places that are guaranteed and not asked for stay free, as far as there are any.
            let strangers = grants.iter().filter(|g| of(&g.id) == "d").count();
            prop_assert!(strangers == 0 || free - grants.len() >= kept);
        }

        #[test]
        fn nothing_waits_for_ever(seed in prop::collection::vec((department(), 0u8..=100), 1..40)) {
            // Two places, each request takes a second, two fresh urgent ones arrive each second.
            let quotas = [quota("a", 0, 2, None)];
            let mut line: Vec<Waiting> =
                seed.iter().enumerate().map(|(n, (d, p))| waiting(&format!("s{n}"), d, *p, 0)).collect();
            let mut running: VecDeque<Running> = VecDeque::new();
            let mut left: usize = line.len();
            for second in 0..2_000i64 {
                let now = second * 1_000;
                running.clear();
                line.push(waiting(&format!("f{second}"), "a", 100, now));
                let grants =
                    decide(&places(2), &quotas, running.make_contiguous(), &line, Timestamp::from_millis(now));
                for grant in grants {
                    left -= usize::from(grant.id.starts_with('s'));
                    line.retain(|one| one.id != grant.id);
                    running.push_back(run("a"));
                }
                if left == 0 {
                    return Ok(());
                }
            }
            prop_assert!(false, "{left} still wait after 2,000 seconds");
        }
    }
}
