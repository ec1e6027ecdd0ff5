//! Lanes: the highest of many scores, written so that the compiler compares several at a time.

/// So many scores are looked at together.
pub(crate) const LANES: usize = 32;

/// The highest of some scores, and 0 when none is higher.
pub(crate) fn most(scores: &[f32]) -> f32 {
    // One running maximum would wait for the comparison before it; eight do not, and are two instructions wide.
    let (parts, rest) = scores.as_chunks::<8>();
    let mut lanes = [0.0_f32; 8];
    for part in parts {
        for (lane, score) in lanes.iter_mut().zip(part) {
            *lane = if *score > *lane { *score } else { *lane };
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    let most = a.max(b).max(c.max(d)).max(e.max(f).max(g.max(h)));
    rest.iter().fold(most, |most, score| if *score > most { *score } else { most })
}

#[cfg(test)]
mod tests {
    use super::most;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_highest_is_the_highest(scores in prop::collection::vec(-1.0_f32..9.0, 0..70)) {
            prop_assert_eq!(most(&scores), scores.iter().copied().fold(0.0, f32::max));
        }
    }
}
