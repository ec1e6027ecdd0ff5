//! Entitlement: what written rules give to whom, computed exactly and shown with its clause.
//!
//! What it does: decomposes policies for enterprises into conditions, matches profiles against them one by one or in
//! columns, tells what a change does; and computes what calculators of scenarios promise. What it does not: no I/O, no
//! model, no assumption: a fact that is not there is missing, and a condition that no fact decides waits for a person.
//!
//! Invariants: the batch gives the answers of the single match; a policy without readable conditions is never met;
//! amounts are exact decimals. Start reading at [`Book::matches`], then [`propose`] and [`Calculators`].

mod batch;
mod book;
mod calculate;
mod changes;
mod field;
mod matching;
mod number;
mod policy;
mod profile;
mod propose;
mod table;

pub use batch::{BatchRow, Columns, Listed};
pub use book::{BadPolicy, Book};
pub use calculate::{
    BadCalculation, Calculation, Calculator, Calculators, Figure, Input, InputChoice, Inputs, Sourced, Unmet,
};
pub use changes::{Clash, ClashKind, Impact, NoImpact, clashes, impact};
pub use field::{BadField, Field, FieldKind, FieldOption, Fields, Given, Theme, read_day};
pub use matching::{InstantBar, Mark, Match, Opening, Standing, Worth};
pub use number::Number;
pub use policy::{
    Among, Benefit, BenefitKind, Clause, Condition, ConditionState, Cumulation, EnterprisePolicy, Operator, Window,
};
pub use profile::{BadProfile, CreditCodeProblem, Profile, check_credit_code};
pub use propose::{Proposal, ProposalNote, Source, SourceArticle, propose};
pub use table::{Imported, TableProblem, read_table};
