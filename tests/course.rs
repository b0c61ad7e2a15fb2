//! 연습 문제의 프로그램(`cargo course`)을 밖에서 봅니다: 학생의 명령, 한 반의 채점, 나누어 줄 꾸러미, 선생님의 폴더.
//!
//! 작은 문제 하나로 된 가짜 저장소를 만들고, 지은 프로그램을 그 위에서 돌립니다(`--root`).

mod support;

#[cfg(target_os = "linux")]
#[path = "course/tests/attacks.rs"]
mod attacks;
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
#[path = "course/tests/modelled.rs"]
mod modelled;
#[cfg(unix)]
#[path = "course/tests/sandbox.rs"]
mod sandbox;
#[cfg(unix)]
#[path = "course/tests/student.rs"]
mod student;

use std::process::ExitCode;

#[cfg(unix)]
fn main() -> ExitCode {
    #[cfg_attr(not(target_os = "linux"), expect(unused_mut))]
    let mut tests = support::tests![
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
        modelled::globals_that_outlive_a_run_are_refused,
        modelled::what_the_model_lacks_is_told_in_korean,
        modelled::a_cut_search_is_told_to_the_maker,
        guide::plans_add_up,
        guide::commands_run,
        guide::workflows_parse,
    ];
    // 우리는 Linux에서만 가둡니다.
    #[cfg(target_os = "linux")]
    tests.extend(support::tests![
        attacks::no_submission_breaks_in,
        attacks::own_check_is_not_fooled,
        class::missing_wall_keeps_the_hidden_checks_back,
        student::programs_run_and_tell_where_they_panicked,
    ]);
    support::run_mimic(tests)
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    println!("채점은 유닉스에서만 합니다.");
    ExitCode::SUCCESS
}
