//! A model's opinion of a claim: one more signal, worth as much as the model was measured to agree with people.
//!
//! The guard asks no model. Whoever did hands the opinions over as values. An opinion never frees what the rules
//! found contradicted or what misses a figure, and never by itself condemns.

use super::VerifyReport;
use crate::Verdict;

/// How well a model's verdicts agree with people's beyond chance: Cohen's κ over verdicts on the same claims.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement(f32);

/// Fewer doubly judged claims prove nothing.
const LEAST: usize = 50;

impl Agreement {
    /// Measured on claims that a model and a person judged, the model's verdict first. Nothing is measured on fewer
    /// than 50.
    #[must_use]
    pub fn measured(pairs: &[(Verdict, Verdict)]) -> Self {
        const ALL: [Verdict; 3] = [Verdict::Supported, Verdict::Contradicted, Verdict::Unsupported];
        if pairs.len() < LEAST {
            return Self(0.0);
        }
        #[expect(clippy::cast_precision_loss, reason = "counts of judged claims are small")]
        let share = |n: usize| n as f32 / pairs.len() as f32;
        let same = share(pairs.iter().filter(|(a, b)| a == b).count());
        let by_chance: f32 = ALL
            .iter()
            .map(|v| {
                share(pairs.iter().filter(|(a, _)| a == v).count())
                    * share(pairs.iter().filter(|(_, b)| b == v).count())
            })
            .sum();
        Self(if by_chance < 1.0 { ((same - by_chance) / (1.0 - by_chance)).clamp(0.0, 1.0) } else { 0.0 })
    }

    /// κ, 0 to 1.
    #[must_use]
    pub fn kappa(self) -> f32 {
        self.0
    }
}

impl VerifyReport {
    /// The report with a model's opinions weighed in, one per claim in order; `None` where it gave none.
    #[must_use]
    pub fn with_opinions(mut self, opinions: &[Option<Verdict>], agreement: Agreement) -> Self {
        // Perfect agreement makes an opinion worth as much as the rules' own score.
        let weight = agreement.kappa() / 2.0;
        for (claim, opinion) in self.claims.iter_mut().zip(opinions) {
            let worth = match opinion {
                Some(Verdict::Supported) => 1.0,
                Some(Verdict::Unsupported) => 0.4,
                Some(Verdict::Contradicted) => 0.0,
                None => continue,
            };
            let score = claim.score * (1.0 - weight) + worth * weight;
            let is_wording = claim.why.starts_with("not_said") || claim.why.starts_with("added");
            match claim.verdict {
                Verdict::Supported if claim.why != "verbatim" && score < 0.6 => {
                    claim.verdict = Verdict::Unsupported;
                    claim.why = "model_doubts".to_owned();
                }
                Verdict::Unsupported if is_wording && worth >= 1.0 && score >= 0.6 => {
                    claim.verdict = Verdict::Supported;
                    claim.why = "model_agrees".to_owned();
                }
                Verdict::Supported | Verdict::Contradicted | Verdict::Unsupported => {}
            }
            claim.score = score;
        }
        let supported = self.claims.iter().filter(|claim| claim.verdict == Verdict::Supported).count();
        #[expect(clippy::cast_precision_loss, reason = "counts of claims are small")]
        let share = supported as f32 / self.claims.len().max(1) as f32;
        Self { supported: !self.claims.is_empty() && supported == self.claims.len(), score: share, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::Agreement;
    use crate::Verdict::{Contradicted, Supported, Unsupported};
    use crate::verify;

    /// STANDARDS §11: [[20,5],[10,15]] has κ .40.
    fn measured(scale: usize) -> Agreement {
        let rows = [
            (Supported, Supported, 20),
            (Supported, Unsupported, 5),
            (Unsupported, Supported, 10),
            (Unsupported, Unsupported, 15),
        ];
        let pairs: Vec<_> = rows.iter().flat_map(|(a, b, n)| std::iter::repeat_n((*a, *b), n * scale / 10)).collect();
        Agreement::measured(&pairs)
    }

    #[test]
    fn agreement_is_kappa_and_too_few_claims_measure_nothing() {
        assert!((measured(10).kappa() - 0.4).abs() < 1e-6);
        assert!(measured(4).kappa() < 1e-6);
    }

    #[test]
    fn an_opinion_never_frees_what_the_rules_contradict() {
        let passage = "用人单位应当在十五日内为劳动者办理档案和社会保险关系转移手续。";
        let wrong = "用人单位应当在三十日内为劳动者办理档案和社会保险关系转移手续。";
        let perfect = Agreement::measured(&[[(Supported, Supported); 30], [(Unsupported, Unsupported); 30]].concat());
        let report = verify(wrong, &[passage]).with_opinions(&[Some(Supported)], perfect);
        assert_eq!(report.claims[0].verdict, Contradicted);
        let right = verify(passage, &[passage]).with_opinions(&[Some(Contradicted)], perfect);
        assert_eq!(right.claims[0].verdict, Supported, "word for word is not a matter of opinion");
        let strange = "单位要给员工转社保，期限是十五日内。";
        let before = verify(strange, &[passage]);
        assert_eq!(before.claims[0].verdict, Unsupported, "{before:?}");
        let ignored = before.clone().with_opinions(&[Some(Supported)], Agreement::measured(&[]));
        assert_eq!(ignored.claims[0].verdict, Unsupported);
    }
}
