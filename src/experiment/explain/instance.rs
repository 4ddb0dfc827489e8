//! The story of a container instance: registered, tasks that came and went, its agent, its end.

use super::recorder::Recorder;
use super::story::{Details, Entry, Kind};
use super::subject::Subject;
use super::words;
use crate::kernel::time::SimTime;
use crate::model::auto_scaling_group::{Lifecycle, TerminationCause};
use crate::model::instance::InstanceStatus;
use crate::model::task::{Host, TaskStatus};
use crate::model::{Change, Cluster, InstanceId, Resources, TaskId};
use crate::scenario::problem::text::grouped;

impl Recorder {
    pub(super) fn tell_registration(&mut self, at: SimTime, cluster: &Cluster) {
        let Some(id) = self.instance else { return };
        let instance = &cluster.instances[id];
        let zone = &cluster.zones[instance.zone.index()].name;
        let kind = instance.instance_type.as_ref().map_or_else(String::new, |kind| format!(", {kind}"));
        let text = format!("registered in {zone}{kind}, ACTIVE: {}", amounts(instance.registered));
        self.add(Entry::new(at, Kind::Instance, text, ["INS-1", "INS-2"]));
    }

    /// An Auto Scaling group has launched an instance; it may be the one that the story is about.
    fn meet_instance(&mut self, at: SimTime, cluster: &Cluster) {
        let Subject::Instance { name } = &self.subject else { return };
        let Some(id) = cluster.newest_instance().filter(|id| cluster.instance_name(*id) == *name) else {
            return;
        };
        self.instance = Some(id);
        let instance = &cluster.instances[id];
        let zone = &cluster.zones[instance.zone.index()].name;
        let kind = instance.instance_type.as_ref().map_or_else(String::new, |kind| format!(", {kind}"));
        let market = instance.market.name();
        let text =
            format!("its group launches it in {zone}{kind}, {market}: {}", amounts(instance.registered));
        self.add(Entry::new(at, Kind::Instance, text, ["ASG-1"]));
    }

    pub(super) fn see_as_instance(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        if let (None, Change::InstanceLaunched(_)) = (self.instance, change) {
            return self.meet_instance(at, cluster);
        }
        let Some(id) = self.instance.filter(|id| cluster.instances.get(*id).is_some()) else { return };
        match change {
            Change::InstanceStatusChanged { instance, from, to } if *instance == id => {
                self.see_instance_status(at, id, (*from, *to), cluster);
            }
            Change::AgentConnectionChanged { instance, connected } if *instance == id => {
                let text = match connected {
                    true => "its agent is connected again: ECS hears what happened meanwhile",
                    false => {
                        "its agent loses the connection: it takes no task, and the states of its tasks stand still"
                    }
                };
                self.add(Entry::new(at, Kind::Instance, text, ["INS-4"]));
            }
            Change::RebalanceRecommended { instance } if *instance == id => {
                let text = "EC2 recommends to rebalance: an interruption has become likely";
                self.add(Entry::new(at, Kind::Instance, text, ["ASG-10"]));
            }
            Change::InterruptionNoticed { instance, .. } if *instance == id => {
                let text = "EC2 wants its Spot capacity back: the instance ends in two minutes";
                self.add(Entry::new(at, Kind::Instance, text, ["SPT-1"]));
            }
            Change::InstanceTerminationOrdered { instance, cause: TerminationCause::SpotInterruption }
                if *instance == id =>
            {
                let text = "EC2 takes the machine away: the two minutes are over";
                self.add(Entry::new(at, Kind::Instance, text, ["SPT-2", "SPT-4"]));
            }
            Change::InstanceTerminationOrdered { instance, cause }
                if *instance == id && *cause != TerminationCause::Rebalance =>
            {
                let text = format!("its group is to terminate it: {}", cause.name());
                self.add(Entry::new(at, Kind::Instance, text, ["ASG-5"]));
            }
            Change::InstanceLifecycleChanged { instance, to, .. } if *instance == id => {
                let (text, rule) = match to {
                    Lifecycle::InService => ("its machine runs, is billed, and is in service", "CST-8"),
                    Lifecycle::TerminatingWait => ("it is drained before it is terminated", "CAS-15"),
                    Lifecycle::Terminating => ("EC2 shuts its machine down; its bill ends", "CST-8"),
                    Lifecycle::Terminated => ("it is gone", "ASG-3"),
                    other => return self.add(Entry::new(at, Kind::Instance, other.name(), ["ASG-3"])),
                };
                self.add(Entry::new(at, Kind::Instance, text, [rule]));
            }
            Change::InstanceTerminationOrdered { instance, cause: TerminationCause::Rebalance }
                if *instance == id =>
            {
                let text = "its group terminates it: the replacement for it is in service";
                self.add(Entry::new(at, Kind::Instance, text, ["ASG-10"]));
            }
            Change::ZoneOutageBegan { zone } if *zone == cluster.instances[id].zone => {
                let text = format!("an outage of {} begins", cluster.zones[zone.index()].name);
                self.add(Entry::new(at, Kind::Instance, text, ["FAIL-5"]));
            }
            Change::ZoneOutageEnded { zone } if *zone == cluster.instances[id].zone => {
                let text = format!("an outage of {} ends", cluster.zones[zone.index()].name);
                self.add(Entry::new(at, Kind::Instance, text, ["FAIL-5"]));
            }
            Change::TaskCreated(new) if new.host == Host::Instance(id) => {
                let (text, key) = match new.settled {
                    true => ("a task is there at time zero (start: settled)", "settled"),
                    false => ("a task is placed here", "came"),
                };
                let entry = Entry::new(at, Kind::Placed, text, ["PLC-1"]).folding(key);
                let left = format!("left: {}", amounts(cluster.instances[id].free));
                self.add(entry.fact(left).about(cluster.task_name(new.task)));
            }
            Change::TaskStopOrdered { task, .. } if is_on(cluster, *task, id) => {
                let Some(cause) = cluster.tasks[*task].stop else { return };
                let (why, rules) = words::stop_in_words(cluster, *task, cause);
                let text = format!("a task is told to stop: {why}");
                let details = Details { stop: words::stop_details(cluster, *task), ..Details::default() };
                let entry = Entry::new(at, Kind::StopOrdered, text, rules.iter().copied()).with(details);
                self.add(entry.about(cluster.task_name(*task)).folding(format!("{cause:?}")));
            }
            Change::TaskStatusChanged { task, to: TaskStatus::Stopped, .. } if is_on(cluster, *task, id) => {
                let text = "a task has STOPPED and gives back what it held";
                let entry = Entry::new(at, Kind::Stopped, text, ["LIF-21"]).folding("went");
                let left = format!("left: {}", amounts(cluster.instances[id].free));
                self.add(entry.fact(left).about(cluster.task_name(*task)));
            }
            _ => {}
        }
    }

    fn see_instance_status(
        &mut self,
        at: SimTime,
        id: InstanceId,
        (from, to): (InstanceStatus, InstanceStatus),
        cluster: &Cluster,
    ) {
        let held = words::tasks(cluster.instances[id].tasks.len() as u32);
        let (text, rule) = match to {
            InstanceStatus::Active if from == InstanceStatus::Unregistered => {
                ("ACTIVE: its agent has registered it, and it takes tasks".to_owned(), "INS-11")
            }
            InstanceStatus::Active => match from.is_draining() {
                true => ("ACTIVE again: it no longer drains".to_owned(), "INS-7"),
                false => ("ACTIVE again, empty".to_owned(), "FAIL-4"),
            },
            InstanceStatus::Unregistered => ("launched".to_owned(), "ASG-3"),
            InstanceStatus::Draining => (
                format!("DRAINING: it takes nothing new, and its service tasks are replaced; it has {held}"),
                "INS-6",
            ),
            InstanceStatus::LostDraining => {
                (format!("gone while DRAINING, with {held}; ECS has not noticed yet"), "FAIL-4")
            }
            InstanceStatus::Deregistered => {
                (format!("deregistered by request: ECS gives up {held} there"), "INS-10")
            }
            InstanceStatus::Registering => {
                ("REGISTERING again, while its trunk interface is made".to_owned(), "INS-1")
            }
            InstanceStatus::Lost => (format!("gone, with {held}; ECS has not noticed yet"), "FAIL-4"),
            InstanceStatus::Inactive => {
                (format!("INACTIVE: ECS notices that it is gone and gives up {held}"), "INS-5")
            }
        };
        self.ended = match to {
            InstanceStatus::Inactive => Some((at, "ECS noticed that it was gone".to_owned())),
            InstanceStatus::Deregistered => Some((at, "it was deregistered".to_owned())),
            InstanceStatus::Active
            | InstanceStatus::Registering
            | InstanceStatus::Draining
            | InstanceStatus::LostDraining
            | InstanceStatus::Unregistered
            | InstanceStatus::Lost => None,
        };

        self.add(Entry::new(at, Kind::Instance, text, [rule]));
    }
}

fn is_on(cluster: &Cluster, task: TaskId, instance: InstanceId) -> bool {
    cluster.tasks[task].host == Host::Instance(instance)
}

/// `1,024 CPU units, 2,048 MiB`.
pub(super) fn amounts(resources: Resources) -> String {
    let cpu = grouped(resources.cpu.into());
    let memory = grouped(resources.memory_mib.into());
    match resources.gpus {
        0 => format!("{cpu} CPU units, {memory} MiB"),
        gpus => format!("{cpu} CPU units, {memory} MiB, {}", words::counted(gpus.into(), "GPU")),
    }
}
