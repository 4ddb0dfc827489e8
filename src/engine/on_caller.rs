//! The callers of RunTask: when they call, and what they do about a refusal or a stop.

use super::event::Event;
use super::fate::Draws;
use super::launch::Launch;
use super::setup::{ArrivalRow, Arrivals, CallerBehaviour, OnRefusal, OnStop, Rate, StandingTask};
use super::simulation::Simulation;
use crate::kernel::dist::Distribution;
use crate::kernel::queue::Ticket;
use crate::kernel::streams::{Entity, Purpose, Stream};
use crate::kernel::time::{SimDuration, SimTime};
use crate::model::change::AfterRefusal;
use crate::model::reason::{Refusal, Refused};
use crate::model::task::Origin;
use crate::model::{CallerId, Change, InstanceId, Resources, TaskId};
use crate::observe::Observer;
use crate::policy::capacity;
use crate::policy::explain::{ExplanationSink, Note, Topic};

/// Where a caller stands.
#[derive(Default)]
pub(super) struct CallerState {
    /// Calls made.
    calls: u64,
    /// Tasks asked for.
    ordinal: u64,
    /// Its times between arrivals.
    stream: Option<Stream>,
}

/// A task that somebody wants and that is not there yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    pub caller: CallerId,
    pub ordinal: u64,
    pub attempt: u32,
    requested_at: SimTime,
    /// Times it was refused.
    refusals: u32,
    /// The end of its patience, if it stands in line.
    patience: Option<Ticket>,
    /// Submitted again, and not yet requested.
    resubmitted: bool,
}

impl<O: Observer, S: ExplanationSink> Simulation<'_, O, S> {
    pub(super) fn start_callers(&mut self) {
        for index in 0..self.setup.world.callers.len() {
            if self.setup.world.callers[index].is_some() {
                self.open_callers += 1;
                self.plan_arrival(CallerId(index as u32));
            }
        }
    }

    fn behaviour_of(&self, caller: CallerId) -> Option<&'_ CallerBehaviour> {
        self.setup.world.callers.get(caller.index()).and_then(Option::as_ref)
    }

    fn plan_arrival(&mut self, caller: CallerId) {
        let setup = self.setup;
        let Some(behaviour) = setup.world.callers[caller.index()].as_ref() else { return };
        let state = &mut self.callers[caller.index()];
        let next = if behaviour.limit.is_some_and(|limit| state.calls >= limit) {
            None
        } else if let Arrivals::Rows(rows) = &behaviour.arrivals {
            rows.get(state.calls as usize).map(|row| row.at)
        } else {
            let name = &self.cluster.callers[caller.index()].name;
            let streams = &self.streams;
            let stream =
                state.stream.get_or_insert_with(|| streams.open(Purpose::Arrivals, Entity::named(name)));
            next_arrival(&behaviour.arrivals, self.now, stream)
        };
        match next {
            Some(at) if at <= SimTime::LATEST_END => {
                let event = Event::CallerArrives(caller);
                self.queue.schedule(at, event.rank(), event);
            }
            _ => self.open_callers -= 1,
        }
    }

    pub(super) fn on_caller_arrives(&mut self, caller: CallerId) {
        self.callers[caller.index()].calls += 1;
        let count = self.behaviour_of(caller).map_or(0, |behaviour| behaviour.count);
        let mut taken = None;
        for _ in 0..count {
            let state = &mut self.callers[caller.index()];
            state.ordinal += 1;
            let ordinal = state.ordinal;
            self.standalone_open += 1;
            self.change(&Change::TaskRequested { caller, ordinal });
            self.request(
                Pending {
                    caller,
                    ordinal,
                    attempt: 1,
                    requested_at: self.now,
                    refusals: 0,
                    patience: None,
                    resubmitted: false,
                },
                &mut taken,
            );
        }
        self.plan_arrival(caller);
    }

    /// Asks for a task. `taken` says whether the call that it belongs to is within the rates of RunTask (QUO-12, QUO-13),
    /// once that is known: tasks of one call share one token.
    fn request(&mut self, pending: Pending, taken: &mut Option<bool>) {
        let setup = self.setup;
        let Some(behaviour) = setup.world.callers[pending.caller.index()].as_ref() else { return };
        let stands_in_line = matches!(behaviour.on_refusal, OnRefusal::Wait { .. }) && !self.line.is_empty();
        let refused = if stands_in_line {
            Err(None)
        } else if !*taken.get_or_insert_with(|| self.call_run_task(behaviour)) {
            Err(Some(Refusal::Throttled.into()))
        } else {
            self.try_to_place(behaviour, &pending, (None, None)).map_err(Some)
        };
        if let Err(reason) = refused {
            self.on_refusal(behaviour, pending, reason.unwrap_or_else(|| Refusal::Turn.into()));
        }
    }

    fn call_run_task(&mut self, behaviour: &CallerBehaviour) -> bool {
        let taken = self.next_run_task(behaviour) <= self.now;
        if taken {
            self.count_run_task(behaviour);
        }
        taken
    }

    fn try_to_place(
        &mut self,
        behaviour: &CallerBehaviour,
        pending: &Pending,
        (named, standing): (Option<InstanceId>, Option<StandingTask>),
    ) -> Result<TaskId, Refused> {
        let entity = entity_of(&self.cluster.callers[pending.caller.index()].name, pending);
        let draws = Draws::open(&self.streams, entity);
        let row = row_of(behaviour, pending);
        let (cpu, memory_mib) = draws.sizes(behaviour);
        let defined = self.cluster.task_definition(behaviour.task_definition).reserved;
        let reserved = Resources {
            cpu: row.and_then(|row| row.cpu).or(cpu).unwrap_or(defined.cpu),
            memory_mib: row.and_then(|row| row.memory_mib).or(memory_mib).unwrap_or(defined.memory_mib),
            gpus: row.and_then(|row| row.gpus).unwrap_or(defined.gpus),
        };
        let index = ((pending.ordinal - 1) % u64::from(behaviour.count)) as u32;
        let launch = Launch {
            origin: Origin::Caller { caller: pending.caller },
            entity,
            ordinal: pending.ordinal,
            attempt: pending.attempt,
            task_definition: behaviour.task_definition,
            group: self.cluster.callers[pending.caller.index()].group,
            choice: match standing {
                None => choice_of(behaviour, index),
                Some(task) => (task.choice, behaviour.capacity[task.choice]),
            },
            zones: behaviour.zones.as_deref(),
            named,
            standing: standing.map(|task| task.host),
            only_zone: None,
            constraints: &behaviour.constraints,
            strategies: &behaviour.strategies,
            rule: &behaviour.placement_rule,
            reserved,
            requested_at: pending.requested_at,
            waited: pending.refusals > 0,
            settled: standing.is_some_and(|task| task.is_up),
            work: row.and_then(|row| row.duration).or_else(|| draws.duration(behaviour)),
        };
        self.launch(&launch, draws)
    }

    fn on_refusal(&mut self, behaviour: &CallerBehaviour, mut pending: Pending, refused: Refused) {
        let (caller, ordinal) = (pending.caller, pending.ordinal);
        let gives_up = match &behaviour.on_refusal {
            OnRefusal::Fail => true,
            OnRefusal::Retry { limit, .. } => limit.is_some_and(|limit| pending.refusals >= limit),
            OnRefusal::Wait { places, .. } => {
                places.is_some_and(|places| self.cluster.caller(caller).waiting >= places)
            }
        };
        let then = match (gives_up, pending.refusals) {
            (true, 0) => AfterRefusal::GiveUp,
            (false, 0) => AfterRefusal::Wait,
            _ => AfterRefusal::WaitOn,
        };
        self.change(&Change::TaskRequestRefused {
            caller,
            ordinal,
            reason: refused.reason,
            why: refused.why,
            then,
        });
        if gives_up {
            return self.give_up(pending);
        }
        pending.refusals += 1;
        match &behaviour.on_refusal {
            OnRefusal::Fail => {}
            OnRefusal::Retry { every, .. } => {
                let wait = self.draw_wait(every, &pending);
                let slot = self.keep(pending);
                self.after(wait, Event::CallerRetries(slot));
                self.tell_asks_again(&pending, Some(self.now + wait));
            }
            OnRefusal::Wait { timeout, .. } => {
                let patience = timeout.as_ref().map(|law| self.draw_wait(law, &pending));
                let slot = self.keep(pending);
                if let Some(patience) = patience {
                    let ticket = self.after(patience, Event::CallerLosesPatience(slot));
                    if let Some(kept) = &mut self.pending[slot as usize] {
                        kept.patience = ticket;
                    }
                }
                if self.line.is_empty() {
                    self.line_looked_at = self.cluster.capacity_version;
                }
                self.line.push_back(slot);
                if refused.reason == Refusal::Throttled {
                    self.move_line_within_rates(behaviour);
                }
                self.tell_asks_again(&pending, None);
            }
        }
    }

    fn tell_asks_again(&mut self, pending: &Pending, at: Option<SimTime>) {
        let Pending { caller, ordinal, .. } = *pending;
        if S::WANTED && self.sink.wants(Topic::Request(caller, ordinal)) {
            self.sink.note(Note::AsksAgain { caller, ordinal, at });
        }
    }

    fn give_up(&mut self, pending: Pending) {
        if pending.refusals > 0 {
            let Pending { caller, ordinal, .. } = pending;
            self.change(&Change::TaskRequestAbandoned { caller, ordinal });
        }
        self.standalone_open -= 1;
    }

    fn draw_wait(&self, law: &Distribution, pending: &Pending) -> SimDuration {
        let name = &self.cluster.callers[pending.caller.index()].name;
        let entity = entity_of(name, pending).number(u64::from(pending.refusals));
        SimDuration(law.draw_ms(self.streams.open(Purpose::Caller, entity).uniform()))
    }

    fn keep(&mut self, pending: Pending) -> u32 {
        let slot = self.free_pending.pop().unwrap_or_else(|| {
            self.pending.push(None);
            (self.pending.len() - 1) as u32
        });
        self.pending[slot as usize] = Some(pending);
        slot
    }

    fn take(&mut self, slot: u32) -> Option<Pending> {
        let taken = self.pending[slot as usize].take()?;
        self.free_pending.push(slot);
        Some(taken)
    }

    /// A refused request is made again, or a stopped task submitted again.
    pub(super) fn on_caller_retries(&mut self, slot: u32) {
        let Some(mut pending) = self.take(slot) else { return };
        if pending.resubmitted {
            pending.resubmitted = false;
            pending.requested_at = self.now;
            self.change(&Change::TaskRequested { caller: pending.caller, ordinal: pending.ordinal });
        }
        self.request(pending, &mut None);
    }

    pub(super) fn on_caller_loses_patience(&mut self, slot: u32) {
        self.line.retain(|waiting| *waiting != slot);
        if let Some(pending) = self.take(slot) {
            self.give_up(pending);
        }
        // The head of the line may have gone, and the next in line may fit where it did not.
        self.line_looked_at = self.line_looked_at.wrapping_sub(1);
    }

    /// Wakes the line when something that its head needs may have become free.
    pub(super) fn wake_line(&mut self) {
        if !self.line.is_empty() && !self.line_moves && self.line_looked_at != self.cluster.capacity_version {
            self.line_moves = true;
            self.queue.schedule(self.now, Event::LineMoves.rank(), Event::LineMoves);
        }
    }

    /// First come, first served: the head is placed, then the next; the first that finds no place ends it.
    pub(super) fn on_line_moves(&mut self) {
        self.line_moves = false;
        let setup = self.setup;
        while let Some(slot) = self.line.front().copied() {
            let Some(pending) = self.pending[slot as usize] else { break };
            let Some(behaviour) = setup.world.callers[pending.caller.index()].as_ref() else { break };
            if self.next_run_task(behaviour) > self.now {
                self.move_line_within_rates(behaviour);
                break;
            }
            match self.try_to_place(behaviour, &pending, (None, None)) {
                Ok(_) => self.count_run_task(behaviour),
                Err(Refused { reason: Refusal::Throttled, .. }) => {
                    self.move_line_within_rates(behaviour);
                    break;
                }
                Err(_) => break,
            }
            if let Some(ticket) = pending.patience {
                self.queue.cancel(ticket);
            }
            self.line.pop_front();
            self.take(slot);
        }
        self.line_looked_at = self.cluster.capacity_version;
    }

    /// The head of the line calls when the next tokens are there (QUO-9, QUO-12, QUO-13).
    fn move_line_within_rates(&mut self, behaviour: &CallerBehaviour) {
        let pools = behaviour.capacity.iter().filter_map(|choice| choice.capacity.fargate_pool());
        let launch = pools.map(|pool| self.next_fargate_launch(pool)).max();
        let at = self.next_run_task(behaviour).max(launch.unwrap_or(self.now));
        if !self.line_moves {
            self.line_moves = true;
            self.queue.schedule(at, Event::LineMoves.rank(), Event::LineMoves);
        }
    }

    /// What a caller does when its task has stopped.
    pub(super) fn tell_caller_of_end(&mut self, task: TaskId) {
        let found = &self.cluster.tasks[task];
        let Origin::Caller { caller } = found.origin else { return };
        let (ordinal, attempt) = (found.ordinal, found.attempt + 1);
        let completed = self.cluster.is_completed(task);
        let resubmit = self.behaviour_of(caller).and_then(|behaviour| match &behaviour.on_stop {
            OnStop::Resubmit { after, even_completed } if *even_completed || !completed => {
                Some(after.clone())
            }
            OnStop::Resubmit { .. } | OnStop::Nothing => None,
        });
        let Some(law) = resubmit else {
            self.standalone_open -= 1;
            return;
        };
        let pending = Pending {
            caller,
            ordinal,
            attempt,
            requested_at: self.now,
            refusals: 0,
            patience: None,
            resubmitted: true,
        };
        let wait = self.draw_wait(&law, &pending);
        let slot = self.keep(pending);
        self.after(wait, Event::CallerResubmits(slot));
    }

    /// Places one task for a RunTask request of the timeline, or on the instance that StartTask names.
    pub(super) fn run_task_now(
        &mut self,
        behaviour: &CallerBehaviour,
        caller: CallerId,
        named: Option<Result<InstanceId, Refusal>>,
        standing: Option<StandingTask>,
    ) -> Result<TaskId, Refused> {
        if self.callers.len() <= caller.index() {
            self.callers.resize_with(caller.index() + 1, CallerState::default);
        }
        let state = &mut self.callers[caller.index()];
        state.ordinal += 1;
        let ordinal = state.ordinal;
        self.standalone_open += 1;
        self.change(&Change::TaskRequested { caller, ordinal });
        let pending = Pending {
            caller,
            ordinal,
            attempt: 1,
            requested_at: self.now,
            refusals: 0,
            patience: None,
            resubmitted: false,
        };
        let placed = match named.transpose() {
            Ok(named) => self.try_to_place(behaviour, &pending, (named, standing)),
            Err(reason) => Err(reason.into()),
        };
        placed.inspect_err(|refused| self.on_refusal(behaviour, pending, refused.clone()))
    }
}

/// A task of a caller by what it is: the n-th arrival, and its attempt where it was submitted again.
fn entity_of(name: &str, pending: &Pending) -> Entity {
    let entity = Entity::named(name).number(pending.ordinal);
    if pending.attempt == 1 { entity } else { entity.number(u64::from(pending.attempt)) }
}

fn row_of(behaviour: &CallerBehaviour, pending: &Pending) -> Option<ArrivalRow> {
    let Arrivals::Rows(rows) = &behaviour.arrivals else { return None };
    rows.get(((pending.ordinal - 1) / u64::from(behaviour.count)) as usize).copied()
}

/// CAP-9: a strategy divides the tasks of one call; the n-th of them goes where the targets for n + 1 grow.
fn choice_of(behaviour: &CallerBehaviour, index: u32) -> (usize, crate::model::task::CapacityChoice) {
    let choices = &behaviour.capacity;
    let mut active = vec![0; choices.len()];
    let mut choice = 0;
    if choices.len() > 1 {
        for _ in 0..=index {
            choice = capacity::next_choice(choices, &active, behaviour.count);
            active[choice] += 1;
        }
    }
    (choice, choices[choice])
}

fn next_arrival(arrivals: &Arrivals, now: SimTime, stream: &mut Stream) -> Option<SimTime> {
    match arrivals {
        Arrivals::Every(law) => Some(now + SimDuration(law.draw_ms(stream.uniform()))),
        Arrivals::Rate(rate) => thinned(rate, now, stream),
        Arrivals::Rows(_) => None,
    }
}

/// A Poisson process whose rate varies, by thinning (Lewis and Shedler 1979).
fn thinned(rate: &Rate, now: SimTime, stream: &mut Stream) -> Option<SimTime> {
    let highest = rate.highest();
    if highest <= 0.0 {
        return None;
    }
    let mean_ms = 3_600_000.0 / highest;
    let mut at_ms = now.0 as f64;
    loop {
        at_ms -= mean_ms * libm::log1p(-stream.uniform());
        let at = SimTime((at_ms + 0.5) as u64);
        if at > SimTime::LATEST_END || stream.uniform() * highest < rate.at(at) {
            return Some(at);
        }
    }
}

impl Rate {
    fn highest(&self) -> f64 {
        match self {
            Rate::Daily { low, high, .. } => low.max(*high),
            Rate::Steps(steps) => steps.iter().map(|(_, rate)| *rate).fold(0.0, f64::max),
        }
    }

    /// The rate per hour at an instant.
    fn at(&self, at: SimTime) -> f64 {
        match self {
            Rate::Daily { low, high, peak_at } => {
                let day = 86_400_000.0;
                let phase = ((at.0 % 86_400_000) as f64 - peak_at.0 as f64) / day;
                let share = 0.5 + 0.5 * libm::cos(2.0 * std::f64::consts::PI * phase);
                low + (high - low) * share
            }
            Rate::Steps(steps) => {
                let before = steps.iter().take_while(|(from, _)| *from <= at);
                before.last().map_or(0.0, |(_, rate)| *rate)
            }
        }
    }
}
