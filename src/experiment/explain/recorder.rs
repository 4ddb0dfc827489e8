//! The recorder: hears what policies note, sees what becomes true, and keeps what concerns its subject.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::placing::Placing;
use super::story::{Details, Entry, Story};
use super::subject::Subject;
use super::words;
use crate::engine::setup::Start;
use crate::kernel::time::SimTime;
use crate::model::capacity_provider::Measured;
use crate::model::reason::Refusal;
use crate::model::service::ServiceStatus;
use crate::model::task::Origin;
use crate::model::{
    CallerId, CapacityProviderId, Change, Cluster, DeploymentNumber, InstanceId, ServiceId, TaskId,
};
use crate::observe::Observer;
use crate::policy::explain::{Asked, ChosenStop, ExplanationSink, Note, Topic, Wait};
use crate::policy::reconcile::look::{Blocked, Look};

/// Before the instant asked for, so many entries matter.
const SHOWN_BEFORE: usize = 8;

/// The observer's side of a recorder.
pub(super) struct Watcher(pub Rc<RefCell<Recorder>>);

/// The policies' side of a recorder.
pub(super) struct Listener(pub Rc<RefCell<Recorder>>);

impl ExplanationSink for Listener {
    const WANTED: bool = true;

    fn wants(&self, topic: Topic) -> bool {
        self.0.borrow().wants(topic)
    }

    fn note(&mut self, note: Note) {
        self.0.borrow_mut().notes.push(note);
    }
}

impl Observer for Watcher {
    fn begin(&mut self, cluster: &Cluster) {
        self.0.borrow_mut().begin(cluster);
    }

    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        self.0.borrow_mut().observe(at, change, cluster);
    }

    fn time_moves(&mut self, from: SimTime, to: SimTime, cluster: &Cluster) {
        self.0.borrow_mut().time_moves(from, to, cluster);
    }

    fn end(&mut self, at: SimTime, cluster: &Cluster) {
        self.0.borrow_mut().end(at, cluster);
    }
}

/// What kind of thing is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// A task by its numbers.
    Task { ordinal: u64, attempt: u32 },
    /// A service.
    Service,
    /// A deployment.
    Deployment(DeploymentNumber),
    /// An instance.
    Instance,
    /// A capacity provider.
    CapacityProvider,
}

/// Keeps the story of one thing.
pub(super) struct Recorder {
    pub(super) subject: Subject,
    pub(super) of: Of,
    pub(super) start: Start,
    at: Option<SimTime>,
    over: bool,
    pub(super) story: Story,
    pub(super) notes: Vec<Note>,
    /// The services of the name: more than one where one was deleted and made again.
    pub(super) services: Vec<ServiceId>,
    pub(super) caller: Option<CallerId>,
    pub(super) task: Option<TaskId>,
    pub(super) instance: Option<InstanceId>,
    pub(super) provider: Option<CapacityProviderId>,
    /// What the alarms of the provider last said: above the target, and datapoints below it in a row.
    pub(super) alarms: Measured,
    /// The search for a place that was heard of last.
    pub(super) placing: Option<Placing>,
    /// Why the service wanted another task, the latest last.
    pub(super) causes: VecDeque<(SimTime, String)>,
    /// Until when the service launches nothing, and for which deployment.
    pub(super) waits: BTreeMap<Wait, (DeploymentNumber, SimTime)>,
    /// The refusal that stands.
    pub(super) refused: Option<(SimTime, Refusal)>,
    /// When a refused caller asks again; inner nothing for one in line.
    pub(super) asks_again: Option<Option<SimTime>>,
    pub(super) look: Option<Look>,
    pub(super) blocked: Option<Blocked>,
    /// Stops that were choices, until they are ordered.
    pub(super) chosen: Vec<ChosenStop>,
    /// Tasks placed since the service last said so.
    pub(super) placed: Vec<String>,
    pub(super) wanted_told: bool,
    /// How often the caller asked for this task.
    pub(super) requests: u32,
    pub(super) waits_for_room: bool,
    /// How the subject ended, once it has.
    pub(super) ended: Option<(SimTime, String)>,
}

impl Recorder {
    pub(super) fn new(subject: Subject, start: Start, at: Option<SimTime>) -> Recorder {
        let of = match &subject {
            Subject::Task { ordinal, attempt, .. } => Of::Task { ordinal: *ordinal, attempt: *attempt },
            Subject::Service { .. } => Of::Service,
            Subject::Deployment { number, .. } => Of::Deployment(DeploymentNumber(*number)),
            Subject::Instance { .. } => Of::Instance,
            Subject::CapacityProvider { .. } => Of::CapacityProvider,
        };
        Recorder {
            subject,
            of,
            start,
            at,
            over: false,
            story: Story::default(),
            notes: Vec::new(),
            services: Vec::new(),
            caller: None,
            task: None,
            instance: None,
            provider: None,
            alarms: Measured::default(),
            placing: None,
            causes: VecDeque::new(),
            waits: BTreeMap::new(),
            refused: None,
            asks_again: None,
            look: None,
            blocked: None,
            chosen: Vec::new(),
            placed: Vec::new(),
            wanted_told: false,
            requests: 0,
            waits_for_room: false,
            ended: None,
        }
    }

    pub(super) fn take_story(&mut self) -> Story {
        std::mem::take(&mut self.story)
    }

    pub(super) fn add(&mut self, entry: Entry) {
        self.story.add(entry);
    }

    /// The name of the service or caller that the subject belongs to.
    fn owner(&self) -> &str {
        match &self.subject {
            Subject::Task { of, .. } => of,
            Subject::Service { name } | Subject::Deployment { service: name, .. } => name,
            Subject::Instance { .. } | Subject::CapacityProvider { .. } => "",
        }
    }

    pub(super) fn is_ours(&self, service: ServiceId) -> bool {
        self.services.contains(&service)
    }

    /// The service that the subject is or belongs to, as long as ECS knows it.
    pub(super) fn service(&self) -> Option<ServiceId> {
        self.services.last().copied()
    }

    /// Whether a search is one for the task that is watched.
    fn is_search_for_it(&self, asked: Asked) -> bool {
        let Of::Task { ordinal, attempt } = self.of else { return false };
        let by_owner = match asked.origin {
            Origin::Service { service, .. } => self.is_ours(service),
            Origin::Caller { caller } => self.caller == Some(caller),
        };
        self.task.is_none() && by_owner && (asked.ordinal, asked.attempt) == (ordinal, attempt)
    }

    fn wants(&self, topic: Topic) -> bool {
        if self.over {
            return false;
        }
        match (self.of, topic) {
            (Of::Task { .. }, Topic::Placement(asked)) => self.is_search_for_it(asked),
            (Of::Service | Of::Deployment(_), Topic::Placement(asked)) => match asked.origin {
                Origin::Service { service, deployment } => {
                    let watched = self.of == Of::Service || self.of == Of::Deployment(deployment);
                    watched && self.is_ours(service)
                }
                Origin::Caller { .. } => false,
            },
            (Of::Task { .. } | Of::Service | Of::Deployment(_), Topic::Service(service)) => {
                self.is_ours(service)
            }
            (Of::Task { ordinal, .. }, Topic::Request(caller, of)) => {
                self.caller == Some(caller) && of == ordinal
            }
            (Of::Task { .. }, Topic::Task(task)) => self.task == Some(task),
            (Of::CapacityProvider, Topic::Provider(provider)) => self.provider == Some(provider),
            (
                Of::Task { .. } | Of::Service | Of::Deployment(_),
                Topic::Request(..) | Topic::Task(_) | Topic::Provider(_),
            ) => false,
            (Of::Instance | Of::CapacityProvider, _) => false,
        }
    }

    fn begin(&mut self, cluster: &Cluster) {
        for (index, service) in cluster.services.iter().enumerate() {
            if service.name == self.owner() {
                self.meet_service(SimTime::ZERO, ServiceId(index as u32), cluster);
            }
        }
        self.meet_caller(cluster);
        self.meet_provider(cluster);
        if let Subject::Instance { name } = &self.subject {
            let all = cluster.instances.iter().map(|(id, _)| id);
            self.instance = all.into_iter().find(|id| cluster.instance_name(*id) == *name);
            self.tell_registration(SimTime::ZERO, cluster);
        }
    }

    fn meet_provider(&mut self, cluster: &Cluster) {
        let Subject::CapacityProvider { name } = &self.subject else { return };
        let found = cluster.capacity_providers.iter().position(|provider| provider.name == *name);
        self.provider = found.map(|index| CapacityProviderId(index as u16));
        self.tell_provider(cluster);
    }

    fn meet_service(&mut self, at: SimTime, id: ServiceId, cluster: &Cluster) {
        self.services.push(id);
        let service = cluster.service(id);
        let desired = service.settings.desired_count;
        self.remember_cause(at, format!("{} is to keep {}", service.name, words::tasks(desired)));
        if self.of == Of::Service {
            self.add(words::created(at, cluster, id));
        }
        for deployment in &service.deployments {
            if self.of == Of::Deployment(deployment.number) {
                let settled = self.start == Start::Settled && at == SimTime::ZERO;
                self.add(words::deployment_started(at, cluster, id, deployment, settled));
            }
        }
    }

    fn meet_caller(&mut self, cluster: &Cluster) {
        if self.caller.is_none() {
            let found = cluster.callers.iter().position(|caller| caller.name == self.owner());
            self.caller = found.map(|index| CallerId(index as u32));
        }
    }

    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        if self.over {
            return;
        }
        self.hear(at, cluster);
        match change {
            Change::ServiceCreated(service) if service.name == self.owner() => {
                self.meet_service(at, ServiceId((cluster.services.len() - 1) as u32), cluster);
            }
            Change::CallerNamed { .. } => self.meet_caller(cluster),
            _ => {}
        }
        self.note_cause(at, change, cluster);
        match self.of {
            Of::Task { .. } => self.see_as_task(at, change, cluster),
            Of::Service | Of::Deployment(_) => self.see_as_service(at, change, cluster),
            Of::Instance => self.see_as_instance(at, change, cluster),
            Of::CapacityProvider => self.see_as_provider(at, change, cluster),
        }
    }

    fn time_moves(&mut self, from: SimTime, to: SimTime, cluster: &Cluster) {
        if self.over {
            return;
        }
        self.hear(from, cluster);
        self.close_search(from, cluster);
        if self.at.is_some_and(|at| from <= at && at < to) {
            self.close(self.at.unwrap_or(from), cluster);
        }
    }

    fn end(&mut self, at: SimTime, cluster: &Cluster) {
        if !self.over {
            self.hear(at, cluster);
            self.close_search(at, cluster);
            self.close(at, cluster);
        }
    }

    /// The story ends with how things stand, unless its subject ended before and the whole of it is told.
    fn close(&mut self, at: SimTime, cluster: &Cluster) {
        self.over = true;
        if self.at.is_some() {
            self.story.keep_last(SHOWN_BEFORE);
        }
        if self.at.is_some() || self.ended.is_none() {
            let state = self.state(at, cluster);
            self.add(state);
        }
    }

    /// Whether the service is there and not deleted.
    pub(super) fn active_service(&self, cluster: &Cluster) -> Option<ServiceId> {
        self.service().filter(|service| cluster.service(*service).status == ServiceStatus::Active)
    }
}

/// Details with the limits of a look.
pub(super) fn limits(look: &Look) -> Details {
    Details { limits: Some(words::limits(look)), ..Details::default() }
}
