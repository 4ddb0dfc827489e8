//! What the lines so far tell: the newest state of everything, before the line that is judged.

use std::collections::BTreeMap;

use super::log::{Definition, Event, Instance, Ms, Service, Task, Told};

/// One replication.
#[derive(Default)]
pub struct World {
    pub tasks: BTreeMap<String, Known>,
    pub instances: BTreeMap<String, Instance>,
    pub services: BTreeMap<String, ServiceBook>,
    pub definitions: BTreeMap<String, Definition>,
}

/// A task with what only its first line tells.
pub struct Known {
    pub now: Task,
    /// Of its newest line.
    pub line: usize,
    pub created_ms: Ms,
    /// When it first had a place.
    pub placed_ms: Option<Ms>,
    /// RUNNING when it was first told: it was there before time zero, running and healthy.
    pub settled: bool,
    /// When it became RUNNING.
    pub running_ms: Option<Ms>,
    /// What load balancers say of it, by target group (LB-2).
    pub targets: BTreeMap<String, String>,
    /// The scheduler told it to stop while its instance was DRAINING.
    pub drained: bool,
}

/// A service with its deployments.
pub struct ServiceBook {
    pub settings: Service,
    /// `ecs-svc/<number>` with the last thing told of it, in the order of their start.
    pub deployments: Vec<(String, String)>,
    /// Its tasks that are not STOPPED.
    pub tasks: Vec<String>,
}

impl ServiceBook {
    pub fn is_deploying(&self) -> bool {
        self.deployments.last().is_some_and(|(_, told)| told == "SERVICE_DEPLOYMENT_IN_PROGRESS")
    }

    /// DEP-40: the log does not say how much of the desired count each task set is to have.
    pub fn has_task_sets(&self) -> bool {
        self.settings.deployment_controller.as_ref().is_some_and(|controller| controller.kind == "EXTERNAL")
    }

    pub fn is_daemon(&self) -> bool {
        self.settings.scheduling_strategy == "DAEMON"
    }

    pub fn primary(&self) -> Option<&str> {
        self.deployments.last().map(|(number, _)| number.as_str())
    }

    /// How many tasks it is to keep; a deleted one keeps none (RES-11).
    pub fn desired(&self) -> i64 {
        if self.settings.status == "ACTIVE" { self.settings.desired_count } else { 0 }
    }

    /// DEP-1.
    pub fn cap_total(&self) -> i64 {
        self.desired() * self.settings.deployment_configuration.maximum_percent / 100
    }

    /// DEP-1.
    pub fn floor_healthy(&self) -> i64 {
        (self.desired() * self.settings.deployment_configuration.minimum_healthy_percent + 99) / 100
    }
}

impl World {
    pub fn tasks_of<'w>(&'w self, service: &'w ServiceBook) -> impl Iterator<Item = &'w Known> {
        service.tasks.iter().filter_map(|name| self.tasks.get(name))
    }

    /// Whether the task sits on an instance that is to be emptied (INS-6).
    pub fn drains(&self, task: &Task) -> bool {
        let instance = task.instance.as_ref().and_then(|name| self.instances.get(name));
        instance.is_some_and(|instance| instance.status == "DRAINING")
    }

    /// What counts towards the maximum: tasks that are to run and, by DEP-3, that stop; at rest of these only the ones
    /// that stop since their instance drains (INS-6). A DAEMON service counts none on DRAINING instances (SVC-5).
    pub fn counted(&self, service: &ServiceBook, stopping_counts: bool) -> i64 {
        let counts = |known: &&Known| match known.now.is_active() {
            true => !(service.is_daemon() && self.drains(&known.now)),
            false => {
                let of_its_kind = if known.drained { !service.is_daemon() } else { service.is_deploying() };
                stopping_counts && of_its_kind && known.now.last_status != "DEPROVISIONING"
            }
        };
        self.tasks_of(service).filter(counts).count() as i64
    }

    /// Whether the task's health follows from health checks (CON-8, SVC-12).
    pub fn has_health_check(&self, task: &Task) -> bool {
        let containers = self.definitions.get(&task.definition).map(|found| &found.container_definitions);
        containers.is_some_and(|all| all.iter().any(|one| one.essential && one.health_check.is_some()))
    }

    /// SVC-12: with health checks HEALTHY, with load balancers healthy in each, without any some time after RUNNING.
    pub fn is_healthy(&self, known: &Known, at_ms: Ms, no_check_healthy_delay_ms: Ms) -> bool {
        let task = &known.now;
        let running = task.is_active() && task.last_status == "RUNNING";
        let by_balancers = known.targets.values().all(|state| state == "healthy");
        if self.has_health_check(task) {
            return running && task.health == "HEALTHY" && by_balancers;
        }
        if !known.targets.is_empty() {
            return running && by_balancers;
        }
        let since = known.running_ms.map(|began| at_ms - began);
        running && (known.settled || since.is_some_and(|since| since >= no_check_healthy_delay_ms))
    }

    /// Takes a line in.
    pub fn learn(&mut self, event: &Event) {
        match &event.told {
            Told::Task(task) => self.learn_task(event, task),
            Told::Instance(instance) => {
                self.instances.insert(instance.name.clone(), instance.clone());
            }
            Told::Deployment { service, name, number } => {
                let Some(book) = self.services.get_mut(service) else { return };
                let known = book.deployments.iter().position(|(known, _)| known == number);
                match known {
                    // DEP-24: brought back by a rollback, it is the newest again.
                    Some(place) if name == "SERVICE_DEPLOYMENT_IN_PROGRESS" => {
                        book.deployments.remove(place);
                        book.deployments.push((number.clone(), name.clone()));
                    }
                    Some(place) => book.deployments[place].1.clone_from(name),
                    None => book.deployments.push((number.clone(), name.clone())),
                }
            }
            Told::Target { task, group, state } => {
                let known = self.tasks.get_mut(task);
                known.map(|known| known.targets.insert(group.clone(), state.clone()));
            }
            Told::ServiceRequest(service) => {
                let of = service.service_name.clone();
                let new =
                    ServiceBook { settings: service.clone(), deployments: Vec::new(), tasks: Vec::new() };
                self.services.entry(of).or_insert(new).settings = service.clone();
            }
            Told::TaskDefinition(definition) => {
                self.definitions.insert(definition.task_definition_arn.clone(), definition.clone());
            }
            Told::Service { .. } | Told::Refused => {}
        }
    }

    fn learn_task(&mut self, event: &Event, task: &Task) {
        let at_ms = event.at_ms;
        let running = task.last_status == "RUNNING";
        let known = self.tasks.entry(task.name.clone()).or_insert_with(|| Known {
            now: task.clone(),
            line: event.line,
            created_ms: at_ms,
            placed_ms: None,
            settled: running && at_ms == 0,
            running_ms: None,
            targets: BTreeMap::new(),
            drained: false,
        });
        let is_new = known.line == event.line;
        let told = known.now.is_active() && !task.is_active();
        let by_scheduler = task.stop.as_ref().is_some_and(|(code, _)| code == "ServiceSchedulerInitiated");
        if told && by_scheduler {
            let instance = task.instance.as_ref().and_then(|name| self.instances.get(name));
            known.drained = instance.is_some_and(|instance| instance.status == "DRAINING");
        }
        if running && known.running_ms.is_none() {
            known.running_ms = Some(at_ms);
        }
        if !task.zone.is_empty() && known.placed_ms.is_none() {
            known.placed_ms = Some(at_ms);
        }
        (known.now, known.line) = (task.clone(), event.line);
        let Some(book) = task.service().and_then(|service| self.services.get_mut(service)) else { return };
        if is_new && !task.is_stopped() {
            book.tasks.push(task.name.clone());
        } else if task.is_stopped() {
            book.tasks.retain(|name| *name != task.name);
        }
    }
}
