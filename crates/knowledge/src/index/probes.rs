//! Probes: a question as a vector, for each collection that of the collection's own model.

use super::scoring::Reach;
use super::vectors::Probe;

/// So many articles tell how far apart another model's cosines lie.
const SAMPLE: usize = 512;

/// A question's vectors.
#[derive(Debug, Default)]
pub(crate) struct Probes {
    probes: Vec<Probe>,
    /// The probe of each collection, by its place in the catalogue.
    by_collection: Vec<Option<usize>>,
}

impl Probes {
    /// The probe for a collection.
    pub(crate) fn of(&self, collection: usize) -> Option<&Probe> {
        self.probes.get((*self.by_collection.get(collection)?)?)
    }

    /// Adds the probe for some collections. One of another model than ours is brought to the spread of our own.
    pub(crate) fn add(&mut self, mut probe: Probe, collections: &[usize], foreign: Option<Reach<'_>>) {
        if let Some(reach) = foreign {
            probe.level_by(&reach.sample(&probe, collections, SAMPLE));
        }
        for collection in collections {
            if self.by_collection.len() <= *collection {
                self.by_collection.resize(collection + 1, None);
            }
            if let Some(known) = self.by_collection.get_mut(*collection) {
                *known = Some(self.probes.len());
            }
        }
        self.probes.push(probe);
    }
}

impl Reach<'_> {
    /// The cosines of some articles of some collections, spread over them evenly.
    fn sample(self, probe: &Probe, collections: &[usize], want: usize) -> Vec<f32> {
        let own = || self.segments().filter(|placed| collections.contains(&placed.collection));
        let articles: usize = own().map(|placed| placed.segment.len()).sum();
        let step = (articles / want.max(1)).max(1);
        let mut cosines = Vec::with_capacity(want);
        for placed in own() {
            let Some(vectors) = &placed.segment.vectors else { continue };
            cosines.extend((0..placed.segment.len()).step_by(step).map(|at| vectors.cosine(probe, at)));
        }
        cosines
    }
}
