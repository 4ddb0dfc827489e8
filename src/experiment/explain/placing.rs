//! A search for a place, as the policy told it step by step.

use super::story::{Closest, Details, Entry, Filter, Kind, Placement, Step, TakenPort, ZoneCount};
use super::words;
use crate::kernel::time::SimTime;
use crate::model::change::NewTask;
use crate::model::host_port::{HostPort, Protocol};
use crate::model::reason::Refusal;
use crate::model::task::{Host, Origin};
use crate::model::{Cluster, DeploymentNumber, InstanceId, Resources, ZoneId};
use crate::policy::explain::{Asked, Note};

/// A search.
pub(super) struct Placing {
    pub(super) asked: Asked,
    demand: Resources,
    found: Placement,
    closest: Option<(InstanceId, Refusal)>,
    /// Tasks by zone before the choice, where Fargate told them.
    counted: Vec<(ZoneId, u32)>,
    no_fargate: Option<bool>,
}

impl Placing {
    pub(super) fn new(asked: Asked, demand: Resources) -> Placing {
        let found = Placement::default();
        Placing { asked, demand, found, closest: None, counted: Vec::new(), no_fargate: None }
    }

    /// The reason of its failure, if it has failed.
    pub(super) fn reason(&self) -> Option<Refusal> {
        self.closest.map(|(_, reason)| reason)
    }

    pub(super) fn hear(&mut self, note: Note, cluster: &Cluster) {
        match note {
            Note::Considered { instances } => self.found.considered = Some(instances),
            Note::Filtered { reason, instances } => {
                self.found.filters.push(Filter { reason: reason.code(), instances });
            }
            Note::Narrowed { strategy, best, left } => {
                let unit = words::unit_of(&strategy);
                self.found.strategies.push(Step { strategy, best, unit, left });
            }
            Note::Chose { instance, among } => {
                let zone = cluster.instances[instance].zone;
                self.found.equals = Some(among);
                self.found.chosen = Some(cluster.instance_name(instance));
                self.found.zone = Some(cluster.zones[zone.index()].name.clone());
            }
            Note::ChoseZone { zone, tasks } => {
                self.found.zone = Some(cluster.zones[zone.index()].name.clone());
                self.counted = tasks;
            }
            Note::NoFargate { everywhere } => self.no_fargate = Some(everywhere),
            Note::Closest { instance, reason, free, taken } => {
                self.closest = Some((instance, reason));
                self.found.closest = Some(Closest {
                    instance: cluster.instance_name(instance),
                    reason: reason.code(),
                    free: free.into(),
                    wanted: self.demand.into(),
                    ports: taken.iter().map(|port| taken_port(cluster, instance, *port)).collect(),
                });
            }
            _ => {}
        }
    }

    /// The entry of a refusal for `reason`.
    pub(super) fn refusal(&self, at: SimTime, cluster: &Cluster, reason: Refusal) -> Entry {
        let service = matches!(self.asked.origin, Origin::Service { .. });
        let mut rules = vec!["PLC-13"];
        rules.extend(self.found.closest.is_some().then_some("PLC-21"));
        rules.extend(words::rule_of_refusal(reason));
        rules.extend(service.then_some("SVC-9"));
        let text = match self.no_fargate {
            Some(true) => format!("no place: {reason}, the capacity provider has none left"),
            Some(false) => format!("no place: {reason}, no zone has any left"),
            None => words::no_place(reason, &self.found),
        };
        let details = Details { placement: Some(self.found.clone()), ..Details::default() };
        let entry = Entry::new(at, Kind::Refused, text, rules).with(details);
        let mut entry = words::closest_in_words(cluster, &self.found).into_iter().fold(entry, Entry::fact);
        if let Some(served) = self.instances_with_a_daemon(cluster) {
            entry = entry.fact(format!(
                "{served} at the placement constraint have theirs: one task on every instance"
            ));
            entry.rules.push("SVC-4");
        }
        entry.folding(format!("refused {reason}"))
    }

    /// For a DAEMON service, how many instances fell because they have its task.
    fn instances_with_a_daemon(&self, cluster: &Cluster) -> Option<usize> {
        let Origin::Service { service, .. } = self.asked.origin else { return None };
        let mut filters = self.found.filters.iter();
        let fell = filters.find(|filter| filter.reason == Refusal::Constraint.code())?;
        cluster.service(service).is_daemon().then_some(fell.instances)
    }

    /// What is known of the choice of a place for a task that has just been created there.
    pub(super) fn details(mut self, cluster: &Cluster, new: &NewTask) -> Details {
        let spreads = self.found.strategies.iter().any(|step| step.strategy.contains("availability-zone"));
        if spreads || !self.counted.is_empty() {
            self.found.counted = self.count_zones(cluster, new);
        }
        Details { placement: Some(self.found), ..Details::default() }
    }

    /// The tasks of the group by zone as they were before the new one, and how many of them are of older revisions.
    fn count_zones(&self, cluster: &Cluster, new: &NewTask) -> Vec<ZoneCount> {
        let own_zone = cluster.zone_of(new.host);
        let group = cluster.group(new.group);
        let on_instances = |zone: ZoneId| {
            let has_instances = cluster.instances.iter().any(|(_, instance)| instance.zone == zone);
            has_instances.then(|| (zone, group.in_zone(zone) - u32::from(Some(zone) == own_zone)))
        };
        let all = (0..cluster.zones.len()).map(|index| ZoneId(index as u16));
        let counted: Vec<(ZoneId, u32)> = match new.host {
            Host::Instance(_) => all.filter_map(on_instances).collect(),
            Host::Fargate(_) | Host::Unplaced(_) => self.counted.clone(),
        };
        let row = |(zone, tasks): (ZoneId, u32)| ZoneCount {
            zone: cluster.zones[zone.index()].name.clone(),
            tasks,
            of_older_revisions: older_in(cluster, new.origin, zone),
        };
        counted.into_iter().map(row).collect()
    }
}

/// Tasks of a service in a zone that are told to run and belong to other deployments than the one of `origin`.
fn older_in(cluster: &Cluster, origin: Origin, zone: ZoneId) -> u32 {
    let Origin::Service { service, deployment } = origin else { return 0 };
    let of = |origin: Origin| -> Option<DeploymentNumber> {
        match origin {
            Origin::Service { deployment, .. } => Some(deployment),
            Origin::Caller { .. } => None,
        }
    };
    let tasks = cluster.service(service).tasks.iter().map(|task| &cluster.tasks[*task]);
    let older = tasks.filter(|task| task.is_active() && of(task.origin) != Some(deployment));
    older.filter(|task| cluster.zone_of(task.host) == Some(zone)).count() as u32
}

fn taken_port(cluster: &Cluster, instance: InstanceId, port: HostPort) -> TakenPort {
    let holds = |task: &&crate::model::TaskId| {
        let definition = cluster.tasks[**task].task_definition;
        cluster.task_definition(definition).host_ports.contains(&port)
    };
    let holder = cluster.instances[instance].tasks.iter().find(holds);
    let protocol = match port.protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
    };
    TakenPort {
        port: format!("{}/{protocol}", port.number),
        held_by: holder.map(|task| cluster.task_name(*task)),
    }
}
