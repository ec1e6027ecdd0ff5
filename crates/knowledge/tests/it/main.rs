//! The knowledge layer through its front door: real store, real index, a clock moved by hand. One suite, run on SQLite
//! and on PostgreSQL.

#![expect(unreachable_pub, reason = "the modules of one test binary see each other")]

#[cfg(test)]
mod basis;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod endpoints;
#[cfg(test)]
mod import;
#[cfg(test)]
mod level;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod search;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod validity;

#[cfg(test)]
use stage::Stage;

/// Each case is a test on SQLite. On PostgreSQL all of them share one server, each with a database of its own.
macro_rules! suite {
    ($($module:ident::$case:ident),* $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $case() {
                    crate::$module::$case(&crate::Stage::sqlite()).await;
                }
            )*
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn postgres_holds_the_same() {
            use futures::FutureExt as _;
            let Some(server) = store::testing::Postgres::start() else { return };
            let mut failed = Vec::new();
            $(
                let name = concat!(stringify!($module), "_", stringify!($case));
                let stage = Stage::postgres(server.database(name).await.unwrap());
                println!("on PostgreSQL: {name}");
                if std::panic::AssertUnwindSafe($module::$case(&stage)).catch_unwind().await.is_err() {
                    failed.push(name);
                }
            )*
            assert!(failed.is_empty(), "on PostgreSQL: {failed:?}");
        }
    };
}

suite![
    basis::what_the_law_answers_has_a_basis_and_other_things_have_not,
    crash::an_import_killed_anywhere_goes_on,
    endpoints::a_collection_takes_its_vectors_from_an_endpoint_and_back,
    endpoints::a_silent_endpoint_leaves_search_by_words,
    endpoints::marks_become_training_pairs,
    import::a_document_that_cannot_be_read_stays_in_the_list,
    import::articles_keep_their_ids_through_insertion_reordering_and_return,
    import::an_upload_is_found_and_its_citation_resolves,
    import::an_import_is_stopped,
    import::equal_bytes_are_stored_once,
    import::files_and_lines_import_at_once,
    import::the_index_can_be_lost,
    import::unchanged_articles_keep_their_ids,
    level::hidden_articles_take_no_part,
    level::permits_are_demanded,
    reading::documents_are_listed_and_read,
    reading::what_was_cited_can_be_read_after_removal,
    search::a_collection_removed_under_a_search_does_it_no_harm,
    search::changes_under_a_search_do_it_no_harm,
    search::collections_do_not_colour_each_other,
    search::what_filters_keep_out_has_examples,
    validity::a_repealed_law_names_what_replaced_it,
    validity::every_date_has_its_version,
    validity::named_articles_come_first,
    validity::a_law_whose_heir_is_not_loaded_ends_all_the_same,
    validity::a_region_keeps_out_what_applies_elsewhere,
    validity::an_amended_law_applies_from_the_later_day,
    validity::an_article_of_a_repealed_law_suggests_its_heir,
    validity::citing_articles_are_found,
    validity::conflicting_numbers_are_decided,
    validity::questions_without_an_answer_are_counted,
    validity::single_articles_are_repealed,
    validity::versions_have_a_timeline_and_a_difference,
];
