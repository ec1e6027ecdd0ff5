//! The store's tests: one suite, run on SQLite and on PostgreSQL.

#![expect(unreachable_pub, reason = "the modules of one test binary see each other")]

#[cfg(test)]
mod audit;
#[cfg(test)]
mod backup;
#[cfg(test)]
mod blobs;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod killed;
#[cfg(test)]
mod s3;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod transactions;

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
    audit::a_shortening_reaches_no_six_months_back,
    audit::altered_bytes_are_found,
    audit::appends_of_many_tasks_make_one_chain,
    audit::entries_are_linked_and_undone_with_their_deed,
    audit::missing_moved_and_forged_entries_are_found,
    audit::pages_show_what_is_asked_for,
    audit::shortened_entries_keep_the_chain,
    backup::a_backup_made_while_writing_restores,
    backup::altered_backups_are_refused,
    backup::every_kind_of_value_comes_back,
    blobs::blobs_are_named_by_their_content,
    blobs::damaged_blobs_are_found_and_mended,
    changes::followers_miss_nothing,
    faults::a_second_process_is_turned_away,
    faults::later_versions_are_refused,
    jobs::a_lost_lease_returns_the_job,
    jobs::endless_jobs_are_given_up,
    jobs::equal_jobs_are_made_once,
    jobs::failures_are_tried_again_or_not,
    jobs::jobs_of_many_workers_are_taken_once,
    jobs::results_commit_with_the_work,
    jobs::running_jobs_go_on_after_a_restart,
    transactions::a_broken_rule_has_its_own_error,
    transactions::an_abandoned_transaction_leaves_nothing,
    transactions::reading_connections_cannot_write,
    transactions::settings_are_kept,
    transactions::writers_take_turns,
    transactions::written_together_or_not_at_all,
];
