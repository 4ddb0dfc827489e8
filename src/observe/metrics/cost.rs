//! What it costs (CST): instances by the time they run, Fargate by the task, shares of instances by reservation.
//! ECS itself costs nothing (CST-1).
//!
//! Money is kept in nano-dollars an hour × milliseconds and divided once, at the end.

pub mod bill;

use crate::kernel::time::SimTime;
use crate::model::auto_scaling_group::Lifecycle;
use crate::model::instance::InstanceStatus;
use crate::model::task::{Host, Origin, Task, TaskStatus};
use crate::model::{Change, Cluster, InstanceId, PoolId, TaskId};

pub use bill::{Window, cost_so_far, instance_bill, task_bill, task_rate, usd};

/// Whether the bill of an instance that is simply there ends: with its registration. That of an Auto Scaling group's ends
/// when EC2 shuts it down (CST-8).
pub(in crate::observe) fn ends_fixed_bill(
    cluster: &Cluster,
    instance: InstanceId,
    from: InstanceStatus,
    to: InstanceStatus,
) -> bool {
    let is_fixed = cluster.instances[instance].lifecycle == Lifecycle::Fixed;
    is_fixed && from.is_there() && !to.is_there()
}

/// Sums of bills by pool, with what tasks pay of them by owner.
#[derive(Clone, Debug)]
pub struct CostMeter {
    window: Window,
    /// By pool: what its instances or tasks cost.
    pub by_pool: Vec<u128>,
    /// By pool: what tasks pay of it.
    pub paid_by_pool: Vec<u128>,
    /// What tasks paid, by pool: of each service, and of each caller of RunTask.
    pub paid_by_owner: [Vec<Vec<u128>>; 2],
    /// By slot of the task: whether its share was paid when its instance was lost.
    paid: Vec<bool>,
}

impl CostMeter {
    /// Nothing billed yet.
    #[must_use]
    pub fn new(pools: usize, window: Window) -> CostMeter {
        let paid_by_owner = [Vec::new(), Vec::new()];
        CostMeter {
            window,
            by_pool: vec![0; pools],
            paid_by_pool: vec![0; pools],
            paid_by_owner,
            paid: Vec::new(),
        }
    }

    /// Sees a change; `pay` gets every task whose bill is closed, with its sum.
    pub fn observe(
        &mut self,
        now: SimTime,
        change: &Change,
        cluster: &Cluster,
        mut pay: impl FnMut(&Task, u128),
    ) {
        match change {
            Change::TaskCreated(new) => {
                if self.paid.len() <= new.task.slot() {
                    self.paid.resize(new.task.slot() + 1, false);
                }
                self.paid[new.task.slot()] = false;
            }
            Change::TaskStatusChanged { task, to: TaskStatus::Stopped, .. } => {
                self.close_task(now, *task, cluster, &mut pay);
            }
            Change::InstanceStatusChanged { instance, from, to }
                if ends_fixed_bill(cluster, *instance, *from, *to) =>
            {
                self.close_instance(now, *instance, cluster, &mut pay);
            }
            Change::InstanceLifecycleChanged { instance, to: Lifecycle::Terminating, .. }
                if cluster.instances[*instance].billed_since.is_some() =>
            {
                self.close_instance(now, *instance, cluster, &mut pay);
            }
            _ => {}
        }
    }

    fn close_instance(
        &mut self,
        now: SimTime,
        id: InstanceId,
        cluster: &Cluster,
        pay: &mut impl FnMut(&Task, u128),
    ) {
        let instance = &cluster.instances[id];
        let bill = instance_bill(instance, Some(now), self.window);
        self.by_pool[instance.pool.index()] += bill;
        instance.tasks.iter().for_each(|task| self.close_task(now, *task, cluster, pay));
    }

    fn close_task(&mut self, now: SimTime, id: TaskId, cluster: &Cluster, pay: &mut impl FnMut(&Task, u128)) {
        let task = &cluster.tasks[id];
        if !std::mem::replace(&mut self.paid[id.slot()], true) {
            self.charge(task, Some(now), cluster, pay);
        }
    }

    fn charge(
        &mut self,
        task: &Task,
        end: Option<SimTime>,
        cluster: &Cluster,
        pay: &mut impl FnMut(&Task, u128),
    ) {
        let Some(PoolId(pool)) = cluster.pool_of(task) else { return };
        let bill = task_bill(cluster, task, end, self.window);
        if let Host::Fargate(_) = task.host {
            self.by_pool[usize::from(pool)] += bill;
        }
        self.paid_by_pool[usize::from(pool)] += bill;
        let (list, owner) = match task.origin {
            Origin::Service { service, .. } => (0, service.index()),
            Origin::Caller { caller } => (1, caller.index()),
        };
        let owners = &mut self.paid_by_owner[list];
        if owners.len() <= owner {
            owners.resize(owner + 1, vec![0; self.by_pool.len()]);
        }
        owners[owner][usize::from(pool)] += bill;
        pay(task, bill);
    }

    /// Closes what still runs at the end of the simulation.
    pub fn end(&mut self, end: SimTime, cluster: &Cluster, mut pay: impl FnMut(&Task, u128)) {
        self.window.to = end;
        for (_, instance) in cluster.instances.iter() {
            if instance.is_billed() {
                self.by_pool[instance.pool.index()] += instance_bill(instance, None, self.window);
            }
        }
        for (id, task) in cluster.tasks.iter() {
            if task.last_status != TaskStatus::Stopped && !self.paid[id.slot()] {
                self.charge(task, None, cluster, &mut pay);
            }
        }
    }
}
