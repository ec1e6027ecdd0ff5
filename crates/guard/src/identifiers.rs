//! Numbers and addresses with a form: what a check digit, a fixed shape or a word before it gives away.
//!
//! A recogniser is one function that looks at one run of letters and digits and what follows it. Add a file and
//! a line in [`RECOGNISERS`]; the first that answers wins.

pub(crate) mod bank_card;
mod birth;
pub(crate) mod credit_code;
mod labelled;
mod net;
mod permit;
mod phone;
mod place;
mod plate;
pub(crate) mod resident_id;
pub(crate) mod secrecy;

use kernel::Date;
pub(crate) use place::{Hit, Place};

use crate::scan::Window;

/// In the order they are asked: strongest evidence first.
const RECOGNISERS: &[fn(&Place<'_>) -> Option<Hit>] = &[
    resident_id::find,
    credit_code::find,
    phone::mobile,
    bank_card::find,
    phone::landline,
    permit::find,
    labelled::find,
    plate::find,
    birth::find,
];

/// Every hit in `text`, in the order of their starts within each pass; hits may overlap.
pub(crate) fn find(text: &str, today: Option<Date>, hits: &mut Vec<Hit>) {
    let mut window = Window::new(text);
    loop {
        let atoms = window.fill();
        let Some(first) = atoms.first().copied() else { break };
        // Runs of letters only matter after a label; short ones never.
        let hit = if first.chars <= 24 {
            let place = Place::new(text, atoms, today);
            RECOGNISERS.iter().find_map(|recognise| recognise(&place))
        } else {
            None
        };
        let passed = hit.as_ref().map_or(first.end, |hit| hit.end);
        hits.extend(hit);
        window.pass_to(passed);
    }
    net::find(text, hits);
    secrecy::find(text, hits);
}
