//! 연습 문제의 프로그램(`cargo course`)을 밖에서 봅니다: 학생의 명령, 한 반의 채점, 나누어 줄 꾸러미, 선생님의 폴더.
//!
//! 작은 문제 하나로 된 가짜 저장소를 만들고, 지은 프로그램을 그 위에서 돌립니다(`--root`).

mod support;

#[cfg(unix)]
#[path = "course/tests/class.rs"]
mod class;
#[cfg(unix)]
#[path = "course/tests/guide.rs"]
mod guide;
#[cfg(unix)]
#[path = "course/tests/handout.rs"]
mod handout;
#[cfg(unix)]
#[path = "course/tests/sandbox.rs"]
mod sandbox;
#[cfg(unix)]
#[path = "course/tests/student.rs"]
mod student;

use std::process::ExitCode;

#[cfg(unix)]
fn main() -> ExitCode {
    support::run_mimic(support::tests![
        student::check_tells_where_and_progress_opens_the_solution,
        student::hints_asked_at_once_are_all_counted,
        student::dying_while_writing_keeps_the_old_file,
        student::watch_checks_what_was_saved_and_leaves_nothing,
        student::starters_are_kept,
        class::every_layout_and_every_way_to_fail,
        class::reports_never_tell_what_is_hidden,
        class::formats_are_as_documented,
        class::rosters_from_excel,
        class::killed_batch_continues,
        class::interrupted_batch_leaves_nothing,
        class::our_fault_is_not_a_zero,
        class::only_what_changed_is_graded_again,
        class::overlay_adds_and_replaces,
        class::similarity_folder_has_no_names,
        class::seeds_differ_and_stay,
        handout::has_no_answers_and_runs,
        handout::a_cluster_exercise_stands_alone,
        handout::timely_is_built_only_for_who_needs_it,
        handout::hidden_code_is_cut_out,
        handout::new_exercise_says_what_is_missing,
        guide::plans_add_up,
        guide::commands_run,
        guide::workflows_parse,
    ])
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    println!("채점은 유닉스에서만 합니다.");
    ExitCode::SUCCESS
}
