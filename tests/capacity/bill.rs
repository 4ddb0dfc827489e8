//! The bill against a slow recount: every interval in which nothing changes is charged by what the cluster then holds,
//! with prices and shares computed here, in whole nano-dollars an hour × milliseconds (CST-2, CST-8, CST-13).

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use ecsim::engine::setup::{End, Setup};
use ecsim::kernel::time::SimTime;
use ecsim::model::auto_scaling_group::{Lifecycle, Market};
use ecsim::model::instance::{ContainerInstance, InstanceStatus, PoolKind};
use ecsim::model::task::{Host, Task, TaskStatus};
use ecsim::model::{Change, Cluster, InstanceId, TaskId};
use ecsim::observe::Observer;
use ecsim::observe::metrics::cost::{CostMeter, Window, usd};
use ecsim::observe::metrics::{MetricOptions, Metrics, metric_names};
use ecsim::observe::recorder::{
    BillRow, DeploymentRow, InstanceRow, Recorder, RowSink, TaskRow, UnplacedRow,
};

use super::support::{cluster, mixed, observed, observed_with, run_tasks};

const MODEL: &str = "fargate_spot_discount: 0.7, ec2_spot_discount: 0.6, tie_break: lowest_instance_id";

/// A bill that is still open: since when, and of which pool, market and price.
#[derive(Clone, Copy)]
struct Open {
    since: u64,
    pool: usize,
    market: Market,
    price: Price,
}

/// A price in nano-dollars an hour.
#[derive(Clone, Copy)]
enum Price {
    Constant(u64),
    /// That of [`changing_price`], which is another one every ten minutes.
    Changing,
}

impl Price {
    fn at(self, at: u64) -> u64 {
        match self {
            Price::Constant(rate) => rate,
            Price::Changing => changing_price(at / TEN_MINUTES),
        }
    }
}

const TEN_MINUTES: u64 = 600_000;
const HOUR: u64 = 3_600_000;

/// 0.03 USD an hour, and up to six times 0.001 more.
fn changing_price(ten_minutes: u64) -> u64 {
    30_000_000 + 1_000_000 * (5 * ten_minutes % 7)
}

/// [from, to) in pieces within each of which no price changes and no hour ends.
fn pieces(from: u64, to: u64) -> impl Iterator<Item = (u64, u64)> {
    let cuts = (from / TEN_MINUTES..=to / TEN_MINUTES)
        .map(move |index| ((index * TEN_MINUTES).max(from), ((index + 1) * TEN_MINUTES).min(to)));
    cuts.filter(|(from, to)| from < to)
}

/// The recount, beside the meter that it judges.
struct Recount {
    from: u64,
    end: u64,
    meter: CostMeter,
    paid_by_task: u128,
    metrics: Metrics,
    names: Cluster,
    instances: FxHashMap<InstanceId, Open>,
    fargate: FxHashMap<TaskId, Open>,
    by_pool: Vec<u128>,
    paid: Vec<u128>,
    idle: Vec<i128>,
    /// By pool: registered instances, integrated by state, and by the changes that tell of them.
    registered_ms: Vec<u128>,
    changes_ms: Vec<i128>,
    spot_ms: u128,
    launches: usize,
    /// By hour, pool, market and whether a task pays: what falls due, warm-up or not.
    hourly: BTreeMap<(u64, usize, Market, bool), i128>,
    recorder: Recorder<Bills>,
    has_series: bool,
}

/// The rows of the bill by the hour.
#[derive(Default)]
struct Bills(Vec<BillRow>);

impl RowSink for Bills {
    fn task(&mut self, _: TaskRow) {}
    fn instance(&mut self, _: InstanceRow) {}
    fn deployment(&mut self, _: DeploymentRow) {}
    fn unplaced(&mut self, _: UnplacedRow) {}
    fn bill(&mut self, row: BillRow) {
        self.0.push(row);
    }
}

impl Recount {
    fn new(setup: &Setup) -> Recount {
        let End::At(end) = setup.end else { panic!("an end is planned") };
        let from = SimTime::ZERO + setup.warm_up;
        let pools = setup.cluster.pools.len();
        let options = MetricOptions { warm_up_ends: from, ends: end, ..MetricOptions::default() };
        Recount {
            from: from.0,
            end: end.0,
            meter: CostMeter::new(pools, Window { from, to: end }),
            paid_by_task: 0,
            metrics: Metrics::new(&setup.cluster, options),
            names: setup.cluster.clone(),
            instances: FxHashMap::default(),
            fargate: FxHashMap::default(),
            by_pool: vec![0; pools],
            paid: vec![0; pools],
            idle: vec![0; pools],
            registered_ms: vec![0; pools],
            changes_ms: vec![0; pools],
            spot_ms: 0,
            launches: 0,
            hourly: BTreeMap::new(),
            recorder: Recorder::new(Bills::default(), end),
            has_series: false,
        }
    }

    /// Milliseconds of [from, to) that are metered.
    fn metered(&self, from: u64, to: u64) -> u64 {
        to.min(self.end).saturating_sub(from.max(self.from))
    }

    /// Charges what is due in [from, to): to the pool, and to tasks or to nobody.
    fn charge(&mut self, open: Open, (from, to): (u64, u64), paid: bool, rate: impl Fn(u64) -> u64) -> u128 {
        let mut sum = 0;
        for (from, to) in pieces(from, to.min(self.end)) {
            let rate = u128::from(rate(open.price.at(from)));
            sum += rate * u128::from(self.metered(from, to));
            let due = self.hourly.entry((from / HOUR, open.pool, open.market, paid)).or_default();
            *due += (rate * u128::from(to - from)) as i128;
        }
        sum
    }

    /// What is added to a bill that ends: up to the full second, and to the minute.
    fn round(&mut self, open: Open, at: u64, paid: bool) -> u128 {
        let full = (at - open.since).div_ceil(1000).max(60) * 1000;
        self.charge(open, (at, open.since + full), paid, |rate| rate)
    }

    fn close(&mut self, at: u64, cluster: &Cluster) {
        let gone = |id: &InstanceId| cluster.instances.get(*id).is_none_or(|found| !runs(found));
        for id in self.instances.keys().copied().filter(gone).collect::<Vec<_>>() {
            let open = self.instances.remove(&id).expect("it was listed");
            let rest = self.round(open, at, false);
            self.by_pool[open.pool] += rest;
            self.idle[open.pool] += rest as i128;
        }
        let stopped =
            |id: &TaskId| cluster.tasks.get(*id).is_none_or(|task| task.last_status == TaskStatus::Stopped);
        for id in self.fargate.keys().copied().filter(stopped).collect::<Vec<_>>() {
            let open = self.fargate.remove(&id).expect("it was listed");
            let rest = self.round(open, at, true);
            self.by_pool[open.pool] += rest;
            self.paid[open.pool] += rest;
        }
    }

    fn charge_instances(&mut self, from: u64, to: u64, cluster: &Cluster) {
        let ms = u128::from(self.metered(from, to));
        for (id, instance) in cluster.instances.iter() {
            let pool = instance.pool.index();
            let is_registered = matches!(instance.status, InstanceStatus::Active | InstanceStatus::Draining);
            self.registered_ms[pool] += ms * u128::from(is_registered);
            if !runs(instance) {
                continue;
            }
            let price = match (self.has_series, instance.market) {
                (true, Market::Spot) => Price::Changing,
                _ => Price::Constant(price_of(instance)),
            };
            self.spot_ms += ms * u128::from(instance.market == Market::Spot);
            let market = instance.market;
            let open = *self.instances.entry(id).or_insert(Open { since: from, pool, market, price });
            let tasks = cluster.tasks.iter().map(|(_, task)| task);
            let on_it = tasks.filter(|task| task.host == Host::Instance(id));
            let on_it: Vec<&Task> = on_it.filter(|task| task.last_status != TaskStatus::Stopped).collect();
            let shares = |rate| on_it.iter().map(|task| share_of(rate, instance, task)).sum::<u64>();
            let paid = self.charge(open, (from, to), true, shares);
            let idle = self.charge(open, (from, to), false, |rate| rate - shares(rate));
            self.by_pool[pool] += paid + idle;
            self.paid[pool] += paid;
            self.idle[pool] += idle as i128;
        }
    }

    fn charge_fargate(&mut self, from: u64, to: u64, cluster: &Cluster) {
        for (id, task) in cluster.tasks.iter() {
            let (Host::Fargate(_), Some(pool)) = (task.host, cluster.pool_of(task)) else { continue };
            let begins = matches!(task.last_status, TaskStatus::Activating | TaskStatus::Running);
            if begins && !self.fargate.contains_key(&id) {
                // 0.25 vCPU and 0.5 GB: 0.04048 / 4 + 0.004445 / 2 = 0.0123425 USD an hour; 70 % off is 0.00370275
                assert_eq!((task.reserved.cpu, task.reserved.memory_mib), (256, 512));
                let (market, rate) = match cluster.pools[pool.index()].kind {
                    PoolKind::FargateSpot => (Market::Spot, 3_702_750),
                    _ => (Market::OnDemand, 12_342_500),
                };
                let price = Price::Constant(rate);
                self.fargate.insert(id, Open { since: from, pool: pool.index(), market, price });
            }
            if let Some(open) = self.fargate.get(&id).copied() {
                let due = self.charge(open, (from, to), true, |rate| rate);
                self.by_pool[open.pool] += due;
                self.paid[open.pool] += due;
            }
        }
    }
}

/// CST-8: from the end of Pending to the order to shut down; an instance of no group while it is registered.
fn runs(instance: &ContainerInstance) -> bool {
    match instance.lifecycle {
        Lifecycle::Fixed => matches!(instance.status, InstanceStatus::Active | InstanceStatus::Draining),
        lifecycle => {
            matches!(lifecycle, Lifecycle::PendingWait | Lifecycle::InService | Lifecycle::TerminatingWait)
        }
    }
}

/// m5.large costs 0.096 USD an hour and c5.large 0.085; Spot is 60 % less.
fn price_of(instance: &ContainerInstance) -> u64 {
    match (instance.instance_type.as_deref(), instance.market) {
        (Some("m5.large"), Market::OnDemand) => 96_000_000,
        (Some("m5.large"), Market::Spot) => 38_400_000,
        (Some("c5.large"), Market::OnDemand) => 85_000_000,
        (Some("c5.large"), Market::Spot) => 34_000_000,
        other => panic!("no price of {other:?}"),
    }
}

/// A vCPU weighs nine times a GB: 9 × CPU units + MiB of the task over the same of its instance, rounded down.
fn share_of(rate: u64, instance: &ContainerInstance, task: &Task) -> u64 {
    let weight = |cpu: u64, memory: u64| u128::from(9 * cpu + memory);
    let whole = weight(u64::from(instance.registered.cpu), u64::from(instance.registered.memory_mib));
    let part = weight(u64::from(task.reserved.cpu), u64::from(task.reserved.memory_mib));
    (u128::from(rate) * part / whole) as u64
}

impl Observer for Recount {
    fn begin(&mut self, cluster: &Cluster) {
        self.metrics.begin(cluster);
        for (_, instance) in cluster.instances.iter() {
            if instance.status == InstanceStatus::Active {
                self.changes_ms[instance.pool.index()] += i128::from(self.end - self.from);
            }
        }
    }

    fn observe(&mut self, at: SimTime, change: &Change, cluster: &Cluster) {
        self.metrics.observe(at, change, cluster);
        self.recorder.observe(at, change, cluster);
        self.meter.observe(at, change, cluster, |_, bill| self.paid_by_task += bill);
        self.launches += usize::from(matches!(change, Change::InstanceLaunched(_)));
        // An instance that becomes registered counts to the end; one that ceases to be is taken off from then on.
        if let Change::InstanceStatusChanged { instance, from, to } = change {
            let is =
                |status: &InstanceStatus| matches!(status, InstanceStatus::Active | InstanceStatus::Draining);
            let sign = i128::from(is(to)) - i128::from(is(from));
            let pool = cluster.instances[*instance].pool.index();
            self.changes_ms[pool] += sign * i128::from(self.metered(at.0, self.end));
        }
    }

    fn time_moves(&mut self, from: SimTime, to: SimTime, cluster: &Cluster) {
        self.metrics.time_moves(from, to, cluster);
        self.close(from.0, cluster);
        self.charge_instances(from.0, to.0, cluster);
        self.charge_fargate(from.0, to.0, cluster);
    }

    fn end(&mut self, at: SimTime, cluster: &Cluster) {
        assert_eq!(at.0, self.end);
        self.close(at.0, cluster);
        self.metrics.end(at, cluster);
        self.recorder.end(at, cluster);
        self.meter.end(at, cluster, |_, bill| self.paid_by_task += bill);
    }
}

/// Runs a case and holds every sum against the recount.
fn judged(rest: &str) -> Recount {
    judge(observed(rest, Recount::new).0)
}

fn judge(mut recount: Recount) -> Recount {
    assert_eq!(recount.meter.by_pool, recount.by_pool, "cost by instance and Fargate task");
    assert_eq!(recount.meter.paid_by_pool, recount.paid, "cost by task");
    for (pool, idle) in recount.idle.iter().enumerate() {
        let by_task_and_idle = recount.meter.paid_by_pool[pool] as i128 + idle;
        assert_eq!(by_task_and_idle, recount.meter.by_pool[pool] as i128, "by task + idle, of pool {pool}");
    }
    assert_eq!(recount.paid_by_task, recount.paid.iter().sum::<u128>(), "task by task");
    let owners = recount.meter.paid_by_owner.iter().flatten().flatten().sum::<u128>();
    assert_eq!(owners, recount.paid.iter().sum::<u128>(), "by service and caller");

    let names = metric_names(&recount.names);
    let values = recount.metrics.values(&recount.names);
    let value = |metric: &str, of: &str| {
        let found = names.iter().rposition(|name| name.metric == metric && name.of == of);
        values[found.unwrap_or_else(|| panic!("no {metric} of {of}"))].expect("it has a value")
    };
    let metered = (recount.end - recount.from) as f64;
    for index in 0..recount.names.pools.len() {
        let name = recount.names.pool_name(ecsim::model::PoolId(index as u16));
        assert_eq!(value("cost_usd", name), usd(recount.by_pool[index]), "{name}");
        if recount.names.pools[index].kind.has_instances() {
            assert_eq!(value("idle_cost_usd", name), usd(recount.idle[index] as u128), "{name}");
            let instance_ms = recount.registered_ms[index];
            assert_eq!(recount.changes_ms[index], instance_ms as i128, "instance-milliseconds of {name}");
            let by_metric = (value("instances", name) * metered).round() as u128;
            assert_eq!(by_metric, instance_ms, "instances of {name} × milliseconds");
        }
    }
    let bills = recount.recorder.into_sink().0;
    let mut told: BTreeMap<_, f64> = BTreeMap::new();
    for row in &bills {
        let name = |index: usize| recount.names.pool_name(ecsim::model::PoolId(index as u16));
        let pool = (0..recount.names.pools.len()).find(|index| name(*index) == row.capacity_provider);
        let market = if row.market == "spot" { Market::Spot } else { Market::OnDemand };
        let key = (row.hour.0 / HOUR, pool.expect("a pool"), market, row.payer != "idle");
        *told.entry(key).or_default() += row.cost_usd;
    }
    let due: BTreeMap<_, _> = recount.hourly.iter().filter(|(_, due)| **due > 0).collect();
    assert!(told.keys().eq(due.keys().copied()), "{:?} {:?}", told.keys(), due.keys());
    for ((key, told), due) in told.iter().zip(due.values()) {
        assert!((told - usd(due.unsigned_abs())).abs() < 1e-12, "{key:?}: {told}");
    }
    Recount { recorder: Recorder::new(Bills(bills), SimTime(recount.end)), ..recount }
}

/// A group that goes from three instances to some more and back, with launches that last some odd milliseconds.
#[test]
fn the_bill_of_a_group_that_scales_out_and_in_is_recounted_exactly() {
    let case = cluster("MinSize: 0, MaxSize: 20, DesiredCapacity: 3", "", 9);
    let case = case.replace("model: { tie_break: lowest_instance_id }", &format!("model: {{ {MODEL} }}"));
    let world = "world:
  tasks: { quarter: { imageSize: 300 MB, containers: { app: { exits: { after: { exponential: { mean: 20m } } } } } } }
  groups: { asg: { launch: { lognormal: { median: 60s, p95: 110s } } } }";
    let recount = judged(&format!("duration: 2h\nwarmUp: 7m\n{case}\n{world}\n{}", run_tasks("10m", 30)));
    assert!(recount.launches > 3 && recount.idle[0] > 0, "{} launches", recount.launches);
}

/// Half of a mixed group is Spot and is taken back again and again.
#[test]
fn the_bill_of_a_group_with_spot_is_recounted_exactly() {
    let group = "MinSize: 0, MaxSize: 20, DesiredCapacity: 6";
    let distribution = "OnDemandPercentageAboveBaseCapacity: 50, SpotAllocationStrategy: lowest-price";
    let case = mixed(&["m5.large", "c5.large"], group, distribution, "");
    let case = case.replace("model: { tie_break: lowest_instance_id }", &format!("model: {{ {MODEL} }}"));
    let rest = "
  services:
    - { serviceName: web, taskDefinition: quarter, desiredCount: 15,
        capacityProviderStrategy: [{ capacityProvider: ec2, weight: 1 }] }
world:
  tasks: { quarter: { imageSize: 300 MB } }
  groups: { asg: { launch: { lognormal: { median: 60s, p95: 110s } } } }
  spot: { default: { interruption: { every: { exponential: { mean: 40m } } } } }";
    let recount = judged(&format!("duration: 3h\n{case}{rest}"));
    assert!(recount.launches > 8 && recount.spot_ms > 0, "{} launches", recount.launches);
}

/// The same, where the price of Spot is another one every ten minutes.
#[test]
fn the_bill_of_spot_at_changing_prices_is_recounted_exactly() {
    let group = "MinSize: 0, MaxSize: 20, DesiredCapacity: 6";
    let distribution = "OnDemandPercentageAboveBaseCapacity: 34, SpotAllocationStrategy: lowest-price";
    let case = mixed(&["m5.large"], group, distribution, "");
    let case = case.replace("model: { tie_break: lowest_instance_id }", &format!("model: {{ {MODEL} }}"));
    let rest = "
  services:
    - { serviceName: web, taskDefinition: quarter, desiredCount: 15,
        capacityProviderStrategy: [{ capacityProvider: ec2, weight: 1 }] }
world:
  groups: { asg: { launch: { lognormal: { median: 60s, p95: 110s } } } }
  spot: { default: { interruption: { every: { exponential: { mean: 40m } } },
    price: { series: { file: p.csv, time: minute, value: usd, unit: min } } } }";
    let rows = (0..30).map(|ten| format!("{},{}\n", 10 * ten, changing_price(ten) as f64 / 1e9));
    let prices = format!("minute,usd\n{}", rows.collect::<String>());
    let recount =
        judge(observed_with(&format!("duration: 4h\n{case}{rest}"), &[("p.csv", &prices)], |setup| {
            Recount { has_series: true, ..Recount::new(setup) }
        }));
    assert!(recount.launches > 8 && recount.spot_ms > 0, "{} launches", recount.launches);
}

/// On Fargate nothing is idle: what tasks pay is the bill.
#[test]
fn the_bill_of_fargate_and_fargate_spot_is_recounted_exactly() {
    let recount = judged(&format!(
        "duration: 2h
warmUp: 5m
model: {{ {MODEL} }}
aws:
  taskDefinitions:
    - {{ family: small, requiresCompatibilities: [FARGATE], networkMode: awsvpc, cpu: 256, memory: 512,
        containerDefinitions: [{{ name: app }}] }}
  services:
    - {{ serviceName: web, taskDefinition: small, desiredCount: 8, capacityProviderStrategy: [
        {{ capacityProvider: FARGATE, weight: 1 }}, {{ capacityProvider: FARGATE_SPOT, weight: 1 }}] }}
world:
  tasks: {{ small: {{ imageSize: 300 MB, containers: {{ app: {{ exits: {{ after: {{ exponential: {{ mean: 10m }} }} }} }} }} }} }}
  spot: {{ FARGATE_SPOT: {{ interruption: {{ every: {{ exponential: {{ mean: 30m }} }} }} }} }}"
    ));
    let used = recount.by_pool.iter().filter(|bill| **bill > 0).count();
    assert_eq!(used, 2, "both kinds are paid for");
    assert!(recount.idle.iter().all(|idle| *idle == 0));
}
