//! What ECS tells of tasks, instances and services, as the log of events has it (LIF-2, LIF-20, RES-9, RES-12, SVC-7).

use super::support::{Case, always, crashing, health_check};
use crate::engine::Simulation;
use crate::engine::setup::{ContainerBehaviour, Start, TimelineAction};
use crate::kernel::time::SimTime;
use crate::model::stop::StartFailure;
use crate::model::task_definition::NetworkMode;
use crate::observe::events::{EventLog, EventSink, InstanceState, ServiceAction, TaskState, Told};

#[derive(Default)]
struct Heard(Vec<(f64, Told)>);

impl EventSink for Heard {
    fn event(&mut self, at: SimTime, told: &Told) {
        self.0.push((at.as_secs_f64(), told.clone()));
    }
}

impl Heard {
    fn in_run_of(mut case: Case) -> Heard {
        case.finish();
        let log = EventLog::new(Heard::default());
        Simulation::new(&case.setup, 0, log, ()).run().unwrap().observer.into_sink()
    }

    fn tasks(&self) -> impl Iterator<Item = (f64, &TaskState)> {
        self.0.iter().filter_map(|(at, told)| match told {
            Told::Task(task) => Some((*at, &**task)),
            _ => None,
        })
    }

    fn instances(&self) -> impl Iterator<Item = (f64, &InstanceState)> {
        self.0.iter().filter_map(|(at, told)| match told {
            Told::Instance(instance) => Some((*at, &**instance)),
            _ => None,
        })
    }

    fn services(&self) -> impl Iterator<Item = (f64, &ServiceAction)> {
        self.0.iter().filter_map(|(at, told)| match told {
            Told::Service(action) => Some((*at, action)),
            _ => None,
        })
    }
}

/// RES-9: the second task comes with the deployment of 600 s.
#[test]
fn a_service_task_names_the_deployment_that_started_it() {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 1, |_| {});
    case.caller("job", web, &[(700.0, 10.0)], |_| {});
    case.update(600.0, |input| input.force_new_deployment = Some(true));
    let heard = Heard::in_run_of(case);
    let started_by = |name: &str| {
        let of_this = heard.tasks().find(|(_, task)| task.task == name);
        of_this.and_then(|(_, task)| task.started_by.clone())
    };
    assert_eq!(started_by("web#1").as_deref(), Some("ecs-svc/1"));
    assert_eq!(started_by("web#2").as_deref(), Some("ecs-svc/2"));
    assert_eq!(started_by("job#1"), None);
}

/// RES-12: a task that stops for 2 s still has last status RUNNING or STOPPING, and does not count any more; one that
/// waits for its agent for 1 s is the pending one.
#[test]
fn an_instance_counts_tasks_by_desired_status_and_the_pending_by_last_status() {
    let mut case = Case::new();
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 2, |_| {});
    case.update(600.0, |input| input.desired_count = Some(1));
    let heard = Heard::in_run_of(case);
    let counts: Vec<_> =
        heard.instances().map(|(at, host)| (at, host.running_tasks, host.pending_tasks)).collect();
    // registered; two placed at 0 s, each told; one ordered to stop at 601 s and gone at 603 s
    let expected = [(0.0, 0, 0), (0.0, 1, 1), (0.0, 2, 2), (601.0, 1, 0), (603.0, 1, 0)];
    assert_eq!(counts, expected);
}

/// LIF-20: interface 5 s, dispatch 1 s, pull 7 s, container 1 s, work 60 s, interface 10 s.
#[test]
fn a_task_keeps_the_times_of_its_steps() {
    let mut case = Case::new();
    case.instance("host", "a", 1024, 2048);
    let job = case.definition("job", 256, 512, |task| task.network_mode = NetworkMode::Awsvpc);
    case.caller("job", job, &[(10.0, 60.0)], |_| {});
    let heard = Heard::in_run_of(case);
    let (_, last) = heard.tasks().last().unwrap();
    let seconds = |at: Option<SimTime>| at.map(SimTime::as_secs_f64);
    let times = last.times;
    assert_eq!(times.created, SimTime(10_000));
    assert_eq!((seconds(times.pull_started), seconds(times.pull_stopped)), (Some(16.0), Some(23.0)));
    assert_eq!((seconds(times.started), seconds(times.stopping)), (Some(24.0), Some(84.0)));
    assert_eq!((seconds(times.execution_stopped), seconds(times.stopped)), (Some(84.0), Some(94.0)));
}

/// LIF-2: STOPPED is wanted from the crash of 109 s on, in every later event of the task.
#[test]
fn what_is_wanted_of_a_task_turns_to_stopped_once_and_for_good() {
    let mut case = Case::new();
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    case.container(web, "app", crashing(always(100.0)));
    case.service("web", web, 1, |_| {});
    case.ends_at(150);
    let heard = Heard::in_run_of(case);
    let of_first = heard.tasks().filter(|(_, task)| task.task == "web#1");
    let (before, after): (Vec<_>, Vec<_>) = of_first.partition(|(_, task)| task.desired_status == "RUNNING");
    assert!(before.iter().all(|(at, _)| *at <= 109.0) && after.iter().all(|(at, _)| *at >= 109.0));
    assert!(before.len() > 3 && !after.is_empty());
    let last_wanted = before.last().map(|(_, task)| task.version);
    assert!(last_wanted < after.first().map(|(_, task)| task.version));
}

/// CON-7: no result yet at 0 s; probes of 10 s pass, those of 100, 110 and 120 s fail. The second container has no
/// check and stays UNKNOWN.
#[test]
fn the_health_of_a_container_is_what_its_check_has_found_so_far() {
    let mut case = Case::instant();
    case.ends_at(125);
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |task| {
        task.containers[0].health_check = Some(health_check(10));
        task.containers.push(super::support::container("log", false));
    });
    let unhealthy_after = Some(always(100.0));
    case.container(web, "app", ContainerBehaviour { unhealthy_after, ..ContainerBehaviour::default() });
    case.service("web", web, 1, |_| {});
    let heard = Heard::in_run_of(case);
    let mut app: Vec<(f64, &str)> = Vec::new();
    for (at, task) in heard.tasks().filter(|(_, task)| task.task == "web#1") {
        assert_eq!(task.containers[1].health, "UNKNOWN");
        let health = task.containers[0].health;
        if app.last().is_none_or(|(_, before)| *before != health) {
            app.push((at, health));
        }
    }
    assert_eq!(app, [(0.0, "UNKNOWN"), (10.0, "HEALTHY"), (120.0, "UNHEALTHY")]);
}

/// CON-9: cut off from 50 to 200 s, the probes of 100, 110 and 120 s fail unheard; ECS learns of it at 200 s.
#[test]
fn health_stays_as_it_was_while_the_agent_is_cut_off() {
    let mut case = Case::instant();
    case.ends_at(205);
    let pool = case.instance("host", "a", 1024, 2048);
    let web =
        case.definition("web", 256, 512, |task| task.containers[0].health_check = Some(health_check(10)));
    let unhealthy_after = Some(always(100.0));
    case.container(web, "app", ContainerBehaviour { unhealthy_after, ..ContainerBehaviour::default() });
    case.service("web", web, 1, |_| {});
    case.at(50.0, TimelineAction::AgentDisconnect { pool, ordinal: 1, length: always(150.0) });
    let heard = Heard::in_run_of(case);
    let unhealthy = heard.tasks().find(|(_, task)| task.health == "UNHEALTHY").map(|(at, _)| at);
    assert_eq!(unhealthy, Some(200.0));
}

fn steady_messages(case: Case) -> Vec<f64> {
    let heard = Heard::in_run_of(case);
    let steady =
        heard.services().filter(|(_, action)| action.message.ends_with("has reached a steady state."));
    steady.map(|(at, _)| at).collect()
}

/// SVC-7: said on entry and again every 6 hours = 21,600 s, until something happens.
#[test]
fn a_steady_service_says_so_on_entry_and_every_six_hours() {
    let mut case = Case::instant();
    case.setup.start = Start::Settled;
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    case.service("web", web, 1, |_| {});
    case.ends_at(50_000);
    assert_eq!(steady_messages(case), [0.0, 21_600.0, 43_200.0]);
}

/// SVC-7: neither while a deployment is on nor while a task is not healthy. The new task is healthy 40 s after its
/// start at 600 s; then the old one goes, and 30 s later the deployment is over.
#[test]
fn a_service_is_not_steady_while_a_deployment_is_on() {
    let mut case = Case::instant();
    case.setup.start = Start::Settled;
    case.values.no_check_healthy_delay = crate::kernel::time::SimDuration::from_secs(40);
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    let exits = ContainerBehaviour { exit_after_signal: Some(always(30.0)), ..ContainerBehaviour::default() };
    case.container(web, "app", exits);
    case.service("web", web, 1, |_| {});
    case.update(600.0, |input| input.force_new_deployment = Some(true));
    assert_eq!(steady_messages(case), [0.0, 670.0]);
}

fn messages_that_end_with(case: Case, words: &str) -> Vec<f64> {
    let heard = Heard::in_run_of(case);
    heard.services().filter(|(_, action)| action.message.ends_with(words)).map(|(at, _)| at).collect()
}

/// SVC-7, SVC-10: the third failure in a row is that of 30 s; the throttle goes on all day, and 6 hours later, with the
/// next attempt each 1,620 s, it is told again: 30 + 21,600 s is passed by the attempt of 2,550 + 12 × 1,620 s.
#[test]
fn a_trouble_that_lasts_is_told_every_six_hours() {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 2048);
    let web = case.definition("web", 256, 512, |_| {});
    case.behaviour(web, |tasks| tasks.start_failure = Some((1.0, StartFailure::CannotStartContainer)));
    case.service("web", web, 1, |_| {});
    case.ends_at(24_000);
    let told = messages_that_end_with(case, "is unable to consistently start tasks successfully.");
    assert_eq!(told, [30.0, 2550.0 + 12.0 * 1620.0]);
}

/// SVC-7: refused at 0, 10, 20, … s and told once; the memory is there at 100 s for the launch of 350 s, and the refusal
/// of 401 s is a new one.
#[test]
fn a_trouble_that_has_ended_is_told_anew() {
    let mut case = Case::instant();
    case.instance("host", "a", 1024, 1024);
    let web = case.definition("web", 256, 512, |_| {});
    let job = case.definition("job", 256, 1024, |_| {});
    case.caller("job", job, &[(0.0, 100.0)], |_| {});
    case.service("web", web, 1, |_| {});
    case.update(401.0, |input| input.desired_count = Some(3));
    case.ends_at(500);
    let words = "insufficient memory available.";
    assert_eq!(messages_that_end_with(case, words), [0.0, 401.0]);
}
