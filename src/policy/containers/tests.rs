use super::*;
use crate::kernel::time::SimDuration;
use crate::model::task_definition::RestartPolicy;

fn container(depends_on: &[(usize, Condition)]) -> ContainerDefinition {
    ContainerDefinition {
        container_ports: Vec::new(),
        name: String::new(),
        essential: false,
        cpu: 0,
        memory_mib: Some(8),
        memory_reservation_mib: None,
        stop_timeout: SimDuration::from_secs(30),
        start_timeout: None,
        health_check: None,
        restart_policy: None,
        depends_on: depends_on.iter().map(|&(on, condition)| Dependency { on, condition }).collect(),
    }
}

const RUNNING: Container =
    Container { last_status: ContainerStatus::Running, started_at: Some(SimTime(0)), ..Container::NEW };

fn ended(code: i32) -> Container {
    let exit = Some(ContainerExit::by_itself(code));
    Container { last_status: ContainerStatus::Stopped, exit, ..RUNNING }
}

/// How the second of two containers stands when it waits for the first with `condition`.
fn stands(condition: Condition, first: Container) -> Readiness {
    stands_while(condition, first, false)
}

fn stands_while(condition: Condition, first: Container, starts_again: bool) -> Readiness {
    let definitions = [container(&[]), container(&[(0, condition)])];
    readiness(&definitions, &[first, Container::NEW], 1, |_| starts_again)
}

const FAILED: Readiness = Readiness::Never(StartFailure::DependencyFailed { container: 1, on: 0 });

/// CON-2.
#[test]
fn start_is_met_by_a_container_that_runs_or_has_run() {
    assert_eq!(stands(Condition::Start, Container::NEW), Readiness::Waits);
    assert_eq!(stands(Condition::Start, RUNNING), Readiness::Ready);
    assert_eq!(stands(Condition::Start, ended(1)), Readiness::Ready);
}

/// CON-2.
#[test]
fn complete_is_met_by_any_exit_code() {
    assert_eq!(stands(Condition::Complete, RUNNING), Readiness::Waits);
    assert_eq!(stands(Condition::Complete, ended(3)), Readiness::Ready);
}

/// CON-2, CON-4.
#[test]
fn success_is_met_by_exit_code_0_and_lost_with_any_other() {
    assert_eq!(stands(Condition::Success, RUNNING), Readiness::Waits);
    assert_eq!(stands(Condition::Success, ended(0)), Readiness::Ready);
    assert_eq!(stands(Condition::Success, ended(3)), FAILED);
}

/// CON-2, CON-11: an exit that a restart follows is not the end that others wait for.
#[test]
fn a_container_that_starts_again_has_not_come_to_its_end() {
    for condition in [Condition::Complete, Condition::Success, Condition::Healthy] {
        for code in [0, 1] {
            assert_eq!(stands_while(condition, ended(code), true), Readiness::Waits, "{condition:?} {code}");
        }
    }
    assert_eq!(stands_while(Condition::Start, ended(1), true), Readiness::Ready);
}

/// CON-2: a container that is gone will not become healthy.
#[test]
fn healthy_is_met_by_a_passed_check_and_lost_with_the_container() {
    let healthy = Container { health: HealthStatus::Healthy, ..RUNNING };
    assert_eq!(stands(Condition::Healthy, RUNNING), Readiness::Waits);
    assert_eq!(stands(Condition::Healthy, healthy), Readiness::Ready);
    assert_eq!(stands(Condition::Healthy, ended(0)), FAILED);
}

/// CON-3.
#[test]
fn a_container_stops_after_those_that_depend_on_it() {
    let definitions = [container(&[]), container(&[(0, Condition::Start)])];
    assert!(!may_stop(&definitions, &[RUNNING, RUNNING], 0));
    assert!(may_stop(&definitions, &[RUNNING, RUNNING], 1));
    assert!(may_stop(&definitions, &[RUNNING, ended(143)], 0));
}

/// CON-11: restartAttemptPeriod 300 s, exit code 5 ignored.
#[test]
fn a_container_restarts_if_it_ran_long_enough_and_its_exit_code_is_not_ignored() {
    let attempt_period = SimDuration::from_secs(300);
    let policy = RestartPolicy { ignored_exit_codes: vec![5], attempt_period };
    let definition = ContainerDefinition { restart_policy: Some(policy), ..container(&[]) };
    let again = |code, seconds: u64| {
        restarts(&definition, &RUNNING, ContainerExit::by_itself(code), SimTime(seconds * 1000))
    };
    assert!(again(1, 300) && again(0, 300));
    assert!(!again(1, 299));
    assert!(!again(5, 300));
    assert!(!restarts(&container(&[]), &RUNNING, ContainerExit::by_itself(1), SimTime(300_000)));
}
