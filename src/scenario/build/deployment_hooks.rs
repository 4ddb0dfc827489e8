//! Lifecycle hooks of deployments: how the world ends them.

use super::{Builder, quoted};
use crate::engine::api::deployment::stage_of;
use crate::engine::setup::HookScript;
use crate::kernel::dist::Distribution;
use crate::model::service::Service;
use crate::model::traffic_shift::HookEnd;
use crate::model::{Cluster, TaskDefinitionId};
use crate::scenario::spec::DeploymentHookResult;

impl Builder<'_> {
    /// How the lifecycle hooks of a service's deployments end (DEP-35).
    pub(super) fn hook_scripts(&mut self, cluster: &Cluster, service: &Service) -> Vec<HookScript> {
        let name = &service.name;
        let given = self.scenario.world.services.get(name).map(|world| world.hooks.clone());
        let path = format!("world.services.{}.hooks", quoted(name));
        let mut scripts = Vec::new();
        for (index, hook) in given.into_iter().flatten().enumerate() {
            let path = format!("{path}[{index}]");
            let stage = hook.stage.map(stage_of);
            let hooks = &service.settings.deployment_rules.hooks;
            let runs = |stage| hooks.iter().any(|hook| hook.stages.contains(&stage));
            if let Some(stage) = stage.filter(|stage| !hooks.is_empty() && !runs(*stage)) {
                let message = format!("no hook of the service runs at {}", stage.name());
                self.warn(&format!("{path}.stage"), message);
            }
            let revision = hook.task_definition.as_ref().map(|named| {
                let names: Vec<String> =
                    cluster.task_definitions.iter().map(|definition| definition.name()).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                self.must_be_one_of(&format!("{path}.taskDefinition"), named, &names, "revision");
                names.iter().position(|name| name == named)
            });
            scripts.push(HookScript {
                stage,
                task_definition: revision.flatten().map(|index| TaskDefinitionId(index as u32)),
                completes_after: match &hook.completes_after {
                    Some(law) => self.law(&format!("{path}.completesAfter"), law),
                    None => Distribution::Constant { value: 0.0 },
                },
                end: match hook.result {
                    None | Some(DeploymentHookResult::Succeeded) => Some(HookEnd::Succeeds),
                    Some(DeploymentHookResult::Failed) => Some(HookEnd::Fails),
                    Some(DeploymentHookResult::InProgress) => None,
                },
            });
        }
        scripts
    }
}
