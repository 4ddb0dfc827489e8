//! Launching a task: place it, draw its fate, create it, set it going.

use std::sync::Arc;

use super::fate::{ContainerFate, Draws, Fate, Site, draw_container, draw_fate};
use super::simulation::Simulation;
use crate::kernel::streams::{Entity, Purpose};
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::change::NewTask;
use crate::model::placement::{PlacementConstraint, PlacementRule, PlacementStrategy};
use crate::model::reason::{PlacementFailure, Refusal, Refused};
use crate::model::task::{Capacity, CapacityChoice, Host, Origin, Task, TaskStatus};
use crate::model::{
    Change, Cluster, InstanceId, PoolId, Resources, TaskDefinitionId, TaskGroupId, TaskId, ZoneId,
};
use crate::observe::Observer;
use crate::policy::explain::{Asked, ExplanationSink, Note, Topic};
use crate::policy::placement::requirements::Requirements;
use crate::policy::placement::{PlacementRequest, check_instance, choose_instance, fargate, find_instance};

/// A task that is to be launched, before it has a place.
pub(super) struct Launch<'r> {
    pub origin: Origin,
    pub entity: Entity,
    pub ordinal: u64,
    pub attempt: u32,
    pub task_definition: TaskDefinitionId,
    pub group: TaskGroupId,
    pub choice: (usize, CapacityChoice),
    /// The zones of its subnets (CON-21).
    pub zones: Option<&'r [ZoneId]>,
    /// The zone that rebalancing wants it in (AZR-5).
    pub only_zone: Option<ZoneId>,
    /// The instance that StartTask names (PLC-15).
    pub named: Option<InstanceId>,
    /// Where it is already, for a task that is there at time zero: nobody asks whether it could come there now.
    pub standing: Option<Host>,
    pub constraints: &'r [PlacementConstraint],
    pub strategies: &'r [PlacementStrategy],
    pub rule: &'r PlacementRule,
    pub reserved: Resources,
    pub requested_at: SimTime,
    pub waited: bool,
    pub settled: bool,
    /// How long its work takes, for a standalone task.
    pub work: Option<SimDuration>,
}

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    /// Places and creates a task.
    ///
    /// # Errors
    /// The reason code where there is no place.
    pub(super) fn launch(&mut self, launch: &Launch<'_>, draws: Draws) -> Result<TaskId, Refused> {
        let host = match self.within_quotas(launch).and_then(|()| self.place(launch)) {
            Ok(host) => Ok(host),
            Err(refused) => self.wait_or_refuse(launch, refused),
        };
        if let Origin::Service { service, .. } = launch.origin {
            let capacity = launch.choice.1.capacity;
            match &host {
                Ok(Host::Unplaced(_)) => self.on_no_capacity(service, capacity, true),
                // A rebalancing asks for one zone only, and a rate or a quota says nothing of the capacity.
                Err(refused) if launch.only_zone.is_none() && refused.reason.tells_of_capacity() => {
                    self.on_no_capacity(service, capacity, false);
                }
                Err(_) => {}
                Ok(Host::Instance(_) | Host::Fargate(_)) => self.on_capacity_found(service, capacity),
            }
        }
        let host = host?;
        self.count_launch(launch);
        let task = self.cluster.tasks.next_id();
        let waits = matches!(host, Host::Unplaced(_));
        let fate = match waits {
            true => self.fate_of_waiting(launch), // the rest is drawn once it has its place
            false => Fate { admitted: launch.settled, ..self.fate_of(launch, host, draws) },
        };
        let provisions = waits || !fate.deprovisioning.is_zero() || !fate.start_up[0].is_zero();
        let first_status = match launch.settled {
            true => TaskStatus::Running,
            false if provisions => TaskStatus::Provisioning,
            false => TaskStatus::Pending,
        };
        if self.fates.len() <= task.slot() {
            self.fates.resize(task.slot() + 1, Fate::default());
        }
        self.fates[task.slot()] = fate;
        self.change(&Change::TaskCreated(NewTask {
            task,
            origin: launch.origin,
            ordinal: launch.ordinal,
            attempt: launch.attempt,
            task_definition: launch.task_definition,
            group: launch.group,
            capacity: launch.choice.1.capacity,
            choice: launch.choice.0 as u16,
            host,
            reserved: launch.reserved,
            distinct_instance: launch.constraints.contains(&PlacementConstraint::DistinctInstance),
            first_status,
            requested_at: launch.requested_at,
            created_at: self.now,
            waited: launch.waited,
            settled: launch.settled,
        }));
        self.ask_constraints_again();
        if let Host::Unplaced(pool) = host {
            self.begin_wait(task, pool, launch);
        } else if launch.settled {
            self.keep_image(task);
            self.settle_containers(task);
            self.watch_targets(task, self.now);
            self.plan_life(task);
        } else {
            self.advance_start_up(task, first_status);
        }
        Ok(task)
    }

    /// CAS-12: under managed scaling a task waits in PROVISIONING for the capacity of its provider that it does not find;
    /// no other provider stands in (CAP-8). A daemon waits for room on the instances there are (SVC-5), and a rebalancing is
    /// given up (AZR-6): they call for no instance.
    fn wait_or_refuse(&self, launch: &Launch<'_>, refused: Refused) -> Result<Host, Refused> {
        let Some(pool) = self.waits_for(launch) else { return Err(refused) };
        match self.cluster.tasks_unplaced < *self.cluster.parameters.provisioning_limit() {
            true => Ok(Host::Unplaced(pool)),
            false => Err(Refusal::ProvisioningLimit.into()),
        }
    }

    /// The pool for whose capacity a task waits that finds no place now.
    fn waits_for(&self, launch: &Launch<'_>) -> Option<PoolId> {
        let Capacity::AutoScaling(pool) = launch.choice.1.capacity else { return None };
        let is_daemon = match launch.origin {
            Origin::Service { service, .. } => self.cluster.service(service).is_daemon(),
            Origin::Caller { .. } => false,
        };
        let waits = !launch.settled && !is_daemon && launch.only_zone.is_none() && self.scales_for(pool);
        waits.then_some(pool)
    }

    fn fate_of_waiting(&self, launch: &Launch<'_>) -> Fate {
        let containers = self.cluster.task_definition(launch.task_definition).containers.len();
        Fate { containers: (0..containers).map(|_| ContainerFate::default()).collect(), ..Fate::default() }
    }

    /// Whether a task that waits finds its place now; its way up begins there.
    pub(super) fn place_waiting_task(&mut self, task: TaskId, launch: &Launch<'_>) -> bool {
        let Ok(Host::Instance(instance)) = self.place(launch) else { return false };
        let draws = Draws::open(&self.streams, launch.entity);
        if let Some(ticket) = self.fates[task.slot()].next.take() {
            self.queue.cancel(ticket);
        }
        // It may have been protected while it waited (SVC-20).
        let protection = self.fates[task.slot()].protection.take();
        let fate = self.fate_of(launch, Host::Instance(instance), draws);
        self.fates[task.slot()] = Fate { protection, ..fate };
        self.change(&Change::TaskPlaced { task, instance });
        if let Origin::Service { service, .. } = launch.origin {
            self.on_capacity_found(service, launch.choice.1.capacity);
        }
        self.ask_constraints_again();
        self.advance_start_up(task, TaskStatus::Provisioning);
        true
    }

    fn place(&mut self, launch: &Launch<'_>) -> Result<Host, Refused> {
        if let Some(host) = launch.standing {
            return Ok(host);
        }
        let Launch { origin, ordinal, attempt, .. } = *launch;
        let asked = Asked { origin, ordinal, attempt };
        let told = S::WANTED && self.sink.wants(Topic::Placement(asked));
        if told {
            self.sink.note(Note::Placing { asked, demand: launch.reserved });
        }
        match launch.choice.1.capacity {
            Capacity::Fargate(pool) | Capacity::Provider(pool) => {
                let only = launch.only_zone.as_ref().map(std::slice::from_ref);
                let asked = (launch.group, only.or(launch.zones));
                match told {
                    true => fargate::choose_zone(&self.cluster, pool, asked, &mut self.sink),
                    false => fargate::choose_zone(&self.cluster, pool, asked, &mut ()),
                }
            }
            .map(Host::Fargate)
            .map_err(Refused::from),
            Capacity::Ec2 => self.place_on_instance(launch, None, told).map(Host::Instance),
            Capacity::AutoScaling(pool) => {
                self.place_on_instance(launch, Some(pool), told).map(Host::Instance)
            }
        }
    }

    /// A refusal is remembered until something gets freer, so that a retry which cannot differ costs nothing; where its
    /// reasons are to be told, it is looked at again, and stands.
    fn place_on_instance(
        &mut self,
        launch: &Launch<'_>,
        pool: Option<PoolId>,
        told: bool,
    ) -> Result<InstanceId, Refused> {
        if let Some(named) = launch.named {
            return check_instance(&self.cluster, &placement_request(&self.cluster, launch, pool), named)
                .map_or_else(|reason| Err(Refused::from(reason)), |()| Ok(named));
        }
        let definition = self.cluster.task_definition(launch.task_definition);
        let mut constraints = definition.constraints.iter().chain(launch.constraints);
        let remembers = launch.only_zone.is_none() && !constraints.any(PlacementConstraint::reads_tasks);
        let waits = self.waits_for(launch).is_some();
        let shape = (asker(launch.origin), launch.task_definition, launch.reserved, pool, waits);
        if self.refusals_version != self.cluster.capacity_version {
            self.refusals.clear();
            self.refusals_version = self.cluster.capacity_version;
        }
        let known = self.refusals.get(&shape).cloned().filter(|_| remembers);
        if let (Some(known), false) = (&known, told) {
            return Err(known.clone());
        }
        let request = placement_request(&self.cluster, launch, pool);
        let mut stream = None;
        let pick = |bound| {
            let open = || self.streams.open(Purpose::Placement, launch.entity);
            stream.get_or_insert_with(open).below(bound)
        };
        let (cluster, scratch) = (&self.cluster, &mut self.scratch);
        let in_full =
            |failure: PlacementFailure| Refused { reason: failure.reason, why: Some(Arc::new(failure)) };
        let chosen = match (told, waits) {
            (true, _) => choose_instance(cluster, &request, scratch, pick, &mut self.sink).map_err(in_full),
            (false, false) => choose_instance(cluster, &request, scratch, pick, &mut ()).map_err(in_full),
            // It waits, and nobody asks why.
            (false, true) => {
                find_instance(cluster, &request, scratch, pick, &mut ()).ok_or(Refusal::NoInstances.into())
            }
        };
        if let Some(known) = known {
            debug_assert!(chosen.is_err(), "a remembered refusal hides a place");
            return Err(known);
        }
        chosen.inspect_err(|refused| {
            if remembers {
                self.refusals.insert(shape, refused.clone());
            }
        })
    }

    fn fate_of(&self, launch: &Launch<'_>, host: Host, draws: Draws) -> Fate {
        let definition = self.cluster.task_definition(launch.task_definition);
        let capacity = launch.choice.1.capacity;
        let interruption = capacity.fargate_pool().and_then(|pool| {
            self.setup.world.pools.get(pool.index()).and_then(|behaviour| behaviour.interruption.as_ref())
        });
        let site = Site {
            on_fargate: matches!(host, Host::Fargate(_)),
            asks_for_cached_images: match host {
                Host::Instance(instance) => self.cluster.instances[instance].traits.image_pull.asks_again(),
                Host::Fargate(_) | Host::Unplaced(_) => true,
            },
            image_is_there: match host {
                Host::Instance(instance) => {
                    let images = &self.images[instance.slot()];
                    images.contains(&launch.task_definition.0)
                }
                Host::Fargate(_) | Host::Unplaced(_) => false,
            },
            interruption,
            of_service: matches!(launch.origin, Origin::Service { .. }),
            has_targets: match launch.origin {
                Origin::Service { service, deployment } => {
                    let found = self.cluster.service(service).deployment(deployment);
                    found.is_some_and(|found| !found.load_balancers.is_empty())
                }
                Origin::Caller { .. } => false,
            },
            host_memory_mib: match host {
                Host::Instance(instance) => Some(self.cluster.instances[instance].registered.memory_mib),
                Host::Fargate(_) | Host::Unplaced(_) => None,
            },
            work: launch.work,
        };
        let behaviour = &self.behaviours[launch.task_definition.index()];
        draw_fate(draws, definition, behaviour, &self.cluster.parameters, site)
    }

    /// LAT-4: the images of a task are on its instance from the end of their pull on.
    pub(super) fn keep_image(&mut self, task: TaskId) {
        let Task { host: Host::Instance(instance), task_definition, .. } = self.cluster.tasks[task] else {
            return;
        };
        let images = &mut self.images[instance.slot()];
        if !images.contains(&task_definition.0) {
            images.push(task_definition.0);
        }
    }

    /// The exit of a container that starts again in place: drawn for the n-th start of that container (CON-11).
    pub(super) fn redraw_exit(&mut self, id: TaskId, index: usize) {
        let task = &self.cluster.tasks[id];
        let owner = match task.origin {
            Origin::Service { service, .. } => &self.cluster.service(service).name,
            Origin::Caller { caller } => &self.cluster.caller(caller).name,
        };
        let definition = self.cluster.task_definition(task.task_definition);
        let entity = Entity::named(owner).number(task.ordinal).number(u64::from(task.attempt));
        let container = Entity::named(&definition.containers[index].name);
        let entity = entity.refined(container).number(u64::from(task.containers[index].restarts) + 1);
        let mut stream = self.streams.open(Purpose::Container, entity);
        let behaviour = &self.behaviours[task.task_definition.index()];
        let host_memory_mib = match task.host {
            Host::Instance(instance) => Some(self.cluster.instances[instance].registered.memory_mib),
            Host::Fargate(_) | Host::Unplaced(_) => None,
        };
        let ready = self.fates[id.slot()].containers[index].ready;
        let uniforms = std::array::from_fn(|_| stream.uniform());
        let host = (host_memory_mib, ready);
        let again = draw_container(uniforms, definition, index, behaviour, &self.cluster.parameters, host);
        let fate = &mut self.fates[id.slot()].containers[index];
        *fate = ContainerFate { hangs: std::mem::take(&mut fate.hangs), ..again };
    }

    /// Moves a task's last status on, unless it is there already.
    pub(super) fn set_status(&mut self, task: TaskId, to: TaskStatus) {
        let from = self.cluster.tasks[task].last_status;
        if from != to {
            self.change(&Change::TaskStatusChanged { task, from, to });
        }
    }
}

fn placement_request<'a>(
    cluster: &'a Cluster,
    launch: &'a Launch<'a>,
    pool: Option<PoolId>,
) -> PlacementRequest<'a> {
    let definition = cluster.task_definition(launch.task_definition);
    let mut requirements = Requirements::of(definition, launch.zones);
    if let Some(zone) = &launch.only_zone {
        requirements.zones = Some(std::slice::from_ref(zone));
    }
    PlacementRequest {
        demand: launch.reserved,
        host_ports: &definition.host_ports,
        requirements,
        group: launch.group,
        constraints: launch.constraints,
        definition_constraints: &definition.constraints,
        strategies: launch.strategies,
        for_service: matches!(launch.origin, Origin::Service { .. }),
        rule: launch.rule,
        pool,
    }
}

fn asker(origin: Origin) -> u64 {
    match origin {
        Origin::Service { service, .. } => u64::from(service.0) << 1,
        Origin::Caller { caller } => u64::from(caller.0) << 1 | 1,
    }
}
