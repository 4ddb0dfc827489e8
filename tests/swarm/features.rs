//! Which parts of the format a seed uses at all: with each one on in half of the seeds, rare combinations come up.

use super::draw::Draw;

macro_rules! features {
    ($($name:ident: $percent:literal,)*) => {
        /// The features of one seed.
        #[derive(Clone, Copy)]
        pub struct Features { $(pub $name: bool,)* }

        impl Features {
            pub fn draw(draw: &mut Draw) -> Features {
                Features { $($name: draw.percent($percent),)* }
            }
        }
    };
}

features! {
    ec2: 70,
    fargate: 45,
    spot: 40,
    groups: 40,
    two_groups: 40,
    ec2_spot: 45,
    sure_group: 30,
    managed: 25,
    hooks: 25,
    gpus: 15,
    standalone: 50,
    settled: 50,
    long: 4,
    until_done: 12,
    warm_up: 30,
    parameters: 50,
    no_latency: 12,
    // task definitions
    several_containers: 60,
    depends_on: 60,
    health_checks: 60,
    restart_policies: 40,
    stop_timeouts: 50,
    start_timeouts: 40,
    host_ports: 25,
    interfaces: 35,
    subnets: 35,
    platforms: 30,
    old_agents: 25,
    // services
    daemons: 25,
    strategies: 40,
    distinct_instance: 25,
    queries: 30,
    placement_policies: 15,
    stalls: 25,
    grace_periods: 40,
    // the world
    slow_starts: 20,
    start_failures: 35,
    always_fails: 12,
    crashes: 50,
    exits: 50,
    signals: 50,
    hangs: 40,
    leaks: 35,
    instance_failures: 40,
    zone_failures: 30,
    // the timeline
    deployments: 60,
    resizes: 50,
    deletions: 25,
    run_and_stop: 40,
    start_tasks: 30,
    container_faults: 40,
    instance_faults: 40,
    agent_faults: 35,
    zone_faults: 30,
    capacity_faults: 30,
    retirements: 35,
    drains: 45,
    protections: 40,
    attributes: 25,
    group_requests: 50,
    group_faults: 40,
    capacity_policies: 30,
    load_balancers: 40,
    breakers: 45,
    deployment_alarms: 35,
    early_success: 25,
    traffic_shifts: 35,
    demand: 40,
    scaling: 65,
    controllers: 25,
}
