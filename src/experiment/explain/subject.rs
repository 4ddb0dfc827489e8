//! Whose story is told: a task, a service, a deployment, an instance or a capacity provider, by the names people see.

use std::fmt;

use crate::engine::Setup;
use crate::engine::api::{Request, last_segment};
use crate::engine::setup::TimelineAction;

/// Whose story is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// `web#17`, or `nightly#3.2` for a task that its caller submitted again.
    Task {
        /// The service or caller.
        of: String,
        /// The n-th launch of the service, or arrival of the caller.
        ordinal: u64,
        /// 1, or more for a task submitted again.
        attempt: u32,
    },
    /// A service.
    Service {
        /// Its name.
        name: String,
    },
    /// The n-th deployment of a service.
    Deployment {
        /// The service.
        service: String,
        /// Its number.
        number: u32,
    },
    /// A container instance.
    Instance {
        /// Its name.
        name: String,
    },
    /// A capacity provider over an Auto Scaling group.
    CapacityProvider {
        /// Its name.
        name: String,
    },
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Task { of, ordinal, attempt: 1 } => write!(f, "{of}#{ordinal}"),
            Subject::Task { of, ordinal, attempt } => write!(f, "{of}#{ordinal}.{attempt}"),
            Subject::Service { name } => write!(f, "service {name}"),
            Subject::Deployment { service, number } => write!(f, "deployment {service}/{number}"),
            Subject::Instance { name } => write!(f, "instance {name}"),
            Subject::CapacityProvider { name } => write!(f, "capacity provider {name}"),
        }
    }
}

/// A name that means nothing in the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// What is wrong with it.
    pub problem: String,
    /// The word to look for among those there are.
    pub word: String,
    /// What there is.
    pub known: Vec<String>,
}

impl Subject {
    /// The task of this name.
    ///
    /// # Errors
    /// If it is no task's name, or no service and no caller is called so.
    pub fn task(setup: &Setup, name: &str) -> Result<Subject, Unknown> {
        let known = || [services(setup), callers(setup)].concat();
        let Some((of, number)) = name.rsplit_once('#') else {
            let problem = format!("{name:?} is no name of a task; tasks are named web#17 or nightly#3");
            return Err(Unknown { problem, word: name.to_owned(), known: known() });
        };
        let (ordinal, attempt) = number.split_once('.').unwrap_or((number, "1"));
        let (Ok(ordinal @ 1..), Ok(attempt @ 1..)) = (ordinal.parse(), attempt.parse()) else {
            let problem =
                format!("{name:?} has no number after the #; tasks are counted from 1, as in {of}#1");
            return Err(Unknown { problem, word: String::new(), known: Vec::new() });
        };
        must_be_among(known(), of, "service or caller of RunTask")?;
        Ok(Subject::Task { of: of.to_owned(), ordinal, attempt })
    }

    /// The service of this name.
    ///
    /// # Errors
    /// If there is none, now or later.
    pub fn service(setup: &Setup, name: &str) -> Result<Subject, Unknown> {
        must_be_among(services(setup), name, "service")?;
        Ok(Subject::Service { name: name.to_owned() })
    }

    /// The deployment `web/2`.
    ///
    /// # Errors
    /// If it is no deployment's name, or there is no such service.
    pub fn deployment(setup: &Setup, name: &str) -> Result<Subject, Unknown> {
        let number =
            name.rsplit_once('/').and_then(|(service, number)| Some((service, number.parse().ok()?)));
        let Some((service, number @ 1..)) = number else {
            let problem =
                format!("{name:?} is no name of a deployment; they are counted for each service: web/2");
            let word = name.split('/').next().unwrap_or_default().to_owned();
            return Err(Unknown { problem, word, known: services(setup) });
        };
        must_be_among(services(setup), service, "service")?;
        Ok(Subject::Deployment { service: service.to_owned(), number })
    }

    /// The container instance of this name; one that an Auto Scaling group may launch has the group's name and a number.
    ///
    /// # Errors
    /// If there is none.
    pub fn instance(setup: &Setup, name: &str) -> Result<Subject, Unknown> {
        let all = setup.cluster.instances.iter().map(|(id, _)| setup.cluster.instance_name(id)).collect();
        if !launched_later(setup, name) {
            must_be_among(all, name, "instance")?;
        }
        Ok(Subject::Instance { name: name.to_owned() })
    }

    /// The capacity provider of this name, over an Auto Scaling group.
    ///
    /// # Errors
    /// If there is none; `FARGATE` and `FARGATE_SPOT` have no group and no metric.
    pub fn capacity_provider(setup: &Setup, name: &str) -> Result<Subject, Unknown> {
        let all = setup.cluster.capacity_providers.iter().map(|provider| provider.name.clone()).collect();
        must_be_among(all, name, "capacity provider over an Auto Scaling group")?;
        Ok(Subject::CapacityProvider { name: name.to_owned() })
    }
}

fn launched_later(setup: &Setup, name: &str) -> bool {
    let Some((group, number)) = name.rsplit_once('-') else { return false };
    let is_number = number.parse::<u32>().is_ok_and(|number| number > 0);
    is_number && setup.cluster.auto_scaling_groups.iter().any(|found| found.name == group)
}

fn must_be_among(known: Vec<String>, name: &str, what: &str) -> Result<(), Unknown> {
    if known.iter().any(|known| known == name) {
        return Ok(());
    }
    Err(Unknown { problem: format!("there is no {what} {name:?}"), word: name.to_owned(), known })
}

/// The services of time zero and those that the timeline creates.
fn services(setup: &Setup) -> Vec<String> {
    let there = setup.cluster.services.iter().map(|service| service.name.clone());
    let later = requests(setup).filter_map(|request| match request {
        Request::CreateService(input) => Some(input.service_name.clone()),
        _ => None,
    });
    without_repeats(there.chain(later))
}

/// The callers of the scenario and those that RunTask of the timeline stands for.
fn callers(setup: &Setup) -> Vec<String> {
    let there = setup.cluster.callers.iter().map(|caller| caller.name.clone());
    let later = requests(setup).filter_map(|request| match request {
        Request::RunTask(input) => {
            let family = last_segment(&input.task_definition);
            let family = family.split(':').next().unwrap_or(family);
            Some(match &input.group {
                None => format!("RunTask/{family}"),
                Some(group) => format!("RunTask/{family}/{group}"),
            })
        }
        _ => None,
    });
    without_repeats(there.chain(later))
}

fn requests(setup: &Setup) -> impl Iterator<Item = &Request> {
    setup.timeline.iter().filter_map(|entry| match &entry.action {
        TimelineAction::Request(request) => Some(&**request),
        _ => None,
    })
}

fn without_repeats(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for name in names {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}
