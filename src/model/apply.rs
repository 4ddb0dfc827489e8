//! The only writer of the cluster.

mod containers;
mod counts;
mod groups;
mod instances;
mod names;
mod rows;
mod services;
mod targets;
mod tasks;

pub use self::counts::contribution;
use super::capacity_provider::CapacityProvider;
use super::parameters::ReleaseResourcesAt;
use super::service::{RebalancingPhase, Service};
use super::task::DesiredStatus;
use super::{Change, Cluster};
use crate::kernel::time::SimTime;

impl Cluster {
    /// Makes a change true at `now`, and keeps every derived view in step.
    pub fn apply(&mut self, now: SimTime, change: &Change) {
        match change {
            Change::TaskDefinitionRegistered(definition) => {
                self.task_definitions.push((**definition).clone())
            }
            Change::InstanceRegistered(instance) => self.register_instance((**instance).clone()),
            Change::AutoScalingGroupCreated(group) => self.create_group((**group).clone()),
            Change::AutoScalingGroupUpdated { group, settings } => {
                self.auto_scaling_groups[group.index()].settings.clone_from(&settings.1);
            }
            Change::CapacityProviderCreated(provider) => self.create_provider((**provider).clone()),
            Change::CapacityProviderUpdated { provider, now } => {
                let measured = self.capacity_providers[provider.index()].measured;
                self.capacity_providers[provider.index()] = CapacityProvider { measured, ..(**now).clone() };
            }
            Change::DefaultCapacityChanged(choices) => self.default_capacity = choices.to_vec(),
            Change::ProcessesSuspended { group, suspended } => {
                self.auto_scaling_groups[group.index()].suspended = *suspended;
            }
            Change::ScheduledActionChanged { group, name, action } => {
                self.set_scheduled_action(*group, name, action.as_deref());
            }
            Change::InstanceRefreshChanged { group, refresh } => {
                self.auto_scaling_groups[group.index()].refresh = refresh.clone().ok();
            }
            Change::WarmPoolChanged { group, warm_pool } => {
                self.auto_scaling_groups[group.index()].warm_pool = *warm_pool;
            }
            Change::InstanceLaunched(instance) => self.launch_instance((**instance).clone()),
            Change::InstanceLifecycleChanged { instance, to, .. } => {
                self.set_lifecycle(now, *instance, *to);
            }
            Change::InstanceTerminationOrdered { instance, cause } => {
                self.instances[*instance].termination = Some(*cause);
            }
            Change::ScaleInProtectionChanged { instance, protected } => {
                self.instances[*instance].protected_from_scale_in = *protected;
            }
            Change::InstanceForgotten { instance } => self.forget_instance(*instance),
            Change::DesiredCapacityChanged { group, from, to, .. } => {
                let group = &mut self.auto_scaling_groups[group.index()];
                group.desired_capacity = *to;
                group.resized_at = Some(now);
                if to > from {
                    group.scaled_out_at = Some(now);
                }
            }
            Change::ReservationMeasured { provider, measured } => {
                self.capacity_providers[provider.index()].measured = *measured;
            }
            Change::InstanceStatusChanged { instance, to, .. } => {
                self.set_instance_status(now, *instance, *to)
            }
            Change::InstanceAttributesChanged { instance, attributes } => {
                self.set_attributes(*instance, attributes);
            }
            Change::AgentConnectionChanged { instance, connected } => {
                self.set_agent_connection(*instance, *connected);
            }
            Change::CapacityOutageChanged { place, out } => self.set_shortage(*place, *out),
            Change::SpotCapacityChanged { place, capacity } => self.set_spot_capacity(*place, *capacity),
            Change::SpotFallbackChanged { service, phase } => {
                let fallback = self.services[service.index()].spot_fallback.as_mut();
                fallback.into_iter().for_each(|fallback| fallback.phase = *phase);
            }
            Change::RebalanceRecommended { instance } => {
                self.instances[*instance].spot.recommended_at = Some(now);
            }
            Change::InterruptionNoticed { instance, ends_at } => {
                self.instances[*instance].spot.ends_at = Some(*ends_at);
            }
            Change::ZoneOutageBegan { zone } => self.zones[zone.index()].outages += 1,
            Change::ZoneOutageEnded { zone } => {
                self.zones[zone.index()].outages -= 1;
                self.capacity_version += 1;
            }
            Change::TargetGroupCreated(group) => self.target_groups.push((**group).clone()),
            Change::TargetStateChanged { task, target, to, .. } => self.set_target_state(*task, *target, *to),
            Change::ServiceCreated(service) => {
                let group = self.intern_group(&format!("service:{}", service.name));
                self.services.push(Service { group, ..(**service).clone() });
                self.keep_order_for(&service.settings.placement_rule, &service.settings.strategies);
            }
            Change::ServiceUpdated { service, settings } => self.update_service(*service, settings),
            Change::ServiceStatusChanged { service, to, .. } => self.services[service.index()].status = *to,
            Change::DeploymentStarted { service, deployment } => {
                self.start_deployment(*service, (**deployment).clone());
            }
            Change::RolloutStateChanged { service, deployment, to, failure, .. } => {
                self.set_rollout(*service, *deployment, *to, *failure);
            }
            Change::RollbackStarted { service, deployment } => {
                self.start_rollback(*service, (**deployment).clone());
            }
            Change::FailuresCounted { service, deployment, failures, reached_running } => {
                let deployments = &mut self.services[service.index()].deployments;
                if let Some(found) = deployments.iter_mut().find(|d| d.number == *deployment) {
                    (found.failures, found.reached_running) = (*failures, *reached_running);
                }
            }
            Change::BakeTimeStarted { service, deployment, until } => {
                let deployments = &mut self.services[service.index()].deployments;
                let found = deployments.iter_mut().find(|d| d.number == *deployment);
                found.into_iter().for_each(|found| found.bakes_until = Some(*until));
            }
            Change::StageEntered { service, deployment, shift } => {
                let deployments = &mut self.services[service.index()].deployments;
                let found = deployments.iter_mut().find(|d| d.number == *deployment);
                found.into_iter().for_each(|found| found.shift = Some(shift.clone()));
            }
            Change::TaskSetChanged { service, deployment, task_set } => {
                self.set_task_set(*service, *deployment, task_set);
            }
            Change::DeploymentGroupCreated { service, name } => {
                self.services[service.index()].deployment_group = Some(name.clone());
            }
            Change::DeploymentConfigCreated { name, strategy } => {
                self.deployment_configs.push((name.to_string(), *strategy));
            }
            Change::MinutesMeasured { service, count, minute, .. } => {
                self.count_minutes(*service, *count, *minute);
            }
            Change::ScalingChanged { service, target } => {
                self.services[service.index()].scaling = Some(target.clone());
            }
            Change::MetricAlarmPut { service, alarm } => {
                let alarms = &mut self.services[service.index()].metric_alarms;
                alarms.retain(|other| other.name != alarm.name);
                alarms.push((**alarm).clone());
            }
            Change::DesiredCountScaled { service, policy, from, to, from_running } => {
                self.note_scaling(now, *service, usize::from(*policy), (*from, *to), *from_running);
            }
            Change::AlarmChanged { name, raised } => {
                match raised {
                    true => self.raised_alarms.insert(name.to_string()),
                    false => self.raised_alarms.remove(&**name),
                };
            }
            Change::DeploymentEnded { service, deployment } => {
                self.services[service.index()].deployments.retain(|d| d.number != *deployment);
            }
            Change::RebalancingChanged { service, phase, .. } => {
                let service = &mut self.services[service.index()];
                let begins = *phase == RebalancingPhase::Started;
                service.rebalancing = begins.then_some(service.settings.desired_count);
            }
            Change::SteadyStateChanged { service, steady } => {
                self.services[service.index()].steady = *steady;
            }
            Change::StartThrottleChanged { service, deployment, failed_starts, until } => {
                let deployments = &mut self.services[service.index()].deployments;
                if let Some(found) = deployments.iter_mut().find(|d| d.number == *deployment) {
                    (found.failed_starts, found.throttled_until) = (*failed_starts, *until);
                }
            }
            Change::TaskCreated(new) => self.create_task(new),
            Change::TaskPlaced { task, instance } => self.place_task(now, *task, *instance),
            Change::TaskStatusChanged { task, to, .. } => self.set_task_status(now, *task, *to),
            Change::TaskHealthChanged { task, healthy } => {
                self.recount(*task, |task| task.healthy = *healthy);
            }
            Change::TaskHostLost { task } => self.recount(*task, |task| task.lost = true),
            Change::TaskEndedUnheard { task } => self.recount(*task, |task| task.ended_unheard = true),
            Change::ContainerStatusChanged { task, container, to, exit, .. } => {
                self.set_container_status(now, *task, usize::from(*container), *to, *exit);
            }
            Change::ContainerHealthChanged { task, container, to, .. } => {
                self.set_container_health(*task, usize::from(*container), *to);
            }
            Change::PullStopped { task } => self.tasks[*task].pull_stopped_at = Some(now),
            Change::TaskImpairmentChanged { task, impairment } => {
                self.recount(*task, |task| task.impairment = *impairment);
            }
            Change::TaskProtectionChanged { task, until } => {
                self.recount(*task, |task| task.protected_until = *until);
            }
            Change::StopReasonGiven { task, reason } => self.tasks[*task].stop_reason = Some(reason.clone()),
            Change::TaskStopOrdered { task, cause } => {
                self.give_up_place_in_deployment(*task, *cause);
                self.recount(*task, |task| {
                    task.desired_status = DesiredStatus::Stopped;
                    task.stop = Some(*cause);
                    task.stopping_at = Some(now);
                });
                self.leave_group(*task);
                if *self.parameters.release_resources_at() == ReleaseResourcesAt::DesiredStopped {
                    self.free_reservation(*task);
                }
            }
            Change::TaskForgotten { task } => {
                self.tasks.remove(*task);
            }
            Change::CallerNamed { name, group } => {
                let group = self.intern_group(group);
                self.intern_caller(name, group);
            }
            Change::TaskRequestRefused { caller, then, .. } => {
                if *then == super::change::AfterRefusal::Wait {
                    self.callers[caller.index()].waiting += 1;
                }
            }
            Change::TaskRequestAbandoned { caller, .. } => self.callers[caller.index()].waiting -= 1,
            Change::RequestFailed { call, exception } => self.refused_requests.push((now, call, exception)),
            Change::ServicePlacementRefused { .. }
            | Change::ServiceEventWritten { .. }
            | Change::TaskRequested { .. } => {}
        }
    }
}
