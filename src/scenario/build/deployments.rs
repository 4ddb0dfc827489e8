//! `aws.deployments`: task sets and CodeDeploy's groups at time zero (DEP-40, DEP-42).

use super::Builder;
use crate::engine::api::Request;
use crate::engine::api::code_deploy::CodeDeployRequest;
use crate::engine::api::task_set::TaskSetRequest;
use crate::model::Cluster;

impl Builder<'_> {
    pub(super) fn deployments(&mut self, cluster: &mut Cluster) {
        for (index, item) in self.scenario.aws.deployments.iter().enumerate() {
            let path = format!("aws.deployments[{index}]");
            let task_set = |request| Request::TaskSet(Box::new(request));
            let code_deploy = |request| Request::CodeDeploy(Box::new(request));
            let requests = [
                item.create_task_set.clone().map(|input| task_set(TaskSetRequest::Create(Box::new(input)))),
                item.update_service_primary_task_set
                    .clone()
                    .map(|input| task_set(TaskSetRequest::SetPrimary(input))),
                item.create_deployment_config
                    .clone()
                    .map(|input| code_deploy(CodeDeployRequest::CreateDeploymentConfig(input))),
                item.create_deployment_group
                    .clone()
                    .map(|input| code_deploy(CodeDeployRequest::CreateDeploymentGroup(Box::new(input)))),
            ];
            match &requests.into_iter().flatten().collect::<Vec<_>>()[..] {
                [request] => self.request(cluster, &format!("{path}.{}", request.call()), request),
                _ => {
                    let message = "an item is exactly one of CreateTaskSet, UpdateServicePrimaryTaskSet, \
                                   CreateDeploymentConfig and CreateDeploymentGroup";
                    self.error(&path, message);
                }
            }
        }
    }
}
