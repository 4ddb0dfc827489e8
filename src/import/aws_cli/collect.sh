#!/bin/sh
# Collects what `ecsim import aws` reads of one Amazon ECS cluster. Every command only reads.
#
#   sh collect.sh CLUSTER [DIRECTORY]
#   ecsim import aws DIRECTORY --out scenario.yaml
#
# Needs the AWS CLI version 2 with a region and permission for ecs:Describe*, ecs:List*, autoscaling:Describe*,
# application-autoscaling:Describe*, elasticloadbalancing:Describe*, cloudwatch:DescribeAlarms, ec2:DescribeSubnets, ec2:DescribeLaunchTemplateVersions.
# The files hold what the AWS CLI prints, environment variables of task definitions included: keep them to yourself. The
# scenario holds none of those.
set -eu
cluster=${1:?usage: sh collect.sh CLUSTER [DIRECTORY]}
directory=${2:-cluster-state}
mkdir -p "$directory"
cd "$directory"

# Runs a command for a list of names, so many at a time, each part into a file of its own.
in_parts() { # file size command...; the names come on standard input
  file=$1 size=$2
  shift 2
  part=0
  while true; do
    names=
    count=0
    while [ "$count" -lt "$size" ] && read -r name; do
      names="$names $name"
      count=$((count + 1))
    done
    [ "$count" -gt 0 ] || break
    part=$((part + 1))
    # Names of ECS have no spaces.
    # shellcheck disable=SC2086
    "$@" $names --output json > "$file-$part.json"
  done
}
names() { tr -s '\t ' '\n' | sed '/^$/d;/^None$/d'; }

aws ecs describe-clusters --clusters "$cluster" --include SETTINGS --output json > describe-clusters.json
aws ecs describe-capacity-providers --output json > describe-capacity-providers.json
aws ecs list-account-settings --effective-settings --output json > list-account-settings.json

aws ecs list-services --cluster "$cluster" --query 'serviceArns[]' --output text | names |
  in_parts describe-services 10 aws ecs describe-services --cluster "$cluster" --services
aws ecs list-container-instances --cluster "$cluster" --query 'containerInstanceArns[]' --output text | names |
  in_parts describe-container-instances 100 aws ecs describe-container-instances --cluster "$cluster" --container-instances
aws ecs list-tasks --cluster "$cluster" --query 'taskArns[]' --output text | names |
  in_parts describe-tasks 100 aws ecs describe-tasks --cluster "$cluster" --tasks

# The task definitions that services and tasks name.
grep -ho '"taskDefinition\(Arn\)\{0,1\}": "[^"]*"' describe-services-*.json describe-tasks-*.json 2> /dev/null |
  sed 's/.*: "//; s/"$//' | sort -u |
  while read -r definition; do
    file=describe-task-definition-$(printf %s "${definition##*/}" | tr ':' '-').json
    aws ecs describe-task-definition --task-definition "$definition" --output json > "$file"
  done

aws autoscaling describe-auto-scaling-groups --output json > describe-auto-scaling-groups.json
aws autoscaling describe-auto-scaling-groups --query 'AutoScalingGroups[].AutoScalingGroupName' --output text | names |
  while read -r group; do
    aws autoscaling describe-lifecycle-hooks --auto-scaling-group-name "$group" --output json \
      > "describe-lifecycle-hooks-$group.json"
  done
aws cloudwatch describe-alarms --alarm-types MetricAlarm --output json > describe-alarms.json
aws autoscaling describe-auto-scaling-groups --output text \
  --query 'AutoScalingGroups[].[LaunchTemplate.LaunchTemplateId, MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateId][]' |
  names | sort -u |
  while read -r template; do
    aws ec2 describe-launch-template-versions --launch-template-id "$template" --versions '$Latest' '$Default' --output json \
      --query '{LaunchTemplateVersions: LaunchTemplateVersions[].{LaunchTemplateId: LaunchTemplateId, LaunchTemplateName: LaunchTemplateName, VersionNumber: VersionNumber, DefaultVersion: DefaultVersion, LaunchTemplateData: {InstanceType: LaunchTemplateData.InstanceType}}}' \
      > "describe-launch-template-versions-$template.json"
  done
aws ec2 describe-subnets --output json \
  --query '{Subnets: Subnets[].{SubnetId: SubnetId, AvailabilityZone: AvailabilityZone}}' > describe-subnets.json

aws application-autoscaling describe-scalable-targets --service-namespace ecs --output json > describe-scalable-targets.json
aws application-autoscaling describe-scaling-policies --service-namespace ecs --output json > describe-scaling-policies.json
aws application-autoscaling describe-scheduled-actions --service-namespace ecs --output json > describe-scheduled-actions.json

aws elbv2 describe-target-groups --output json > describe-target-groups.json
aws elbv2 describe-target-groups --query 'TargetGroups[].[TargetGroupName, TargetGroupArn]' --output text |
  while read -r name arn; do
    aws elbv2 describe-target-group-attributes --target-group-arn "$arn" --output json \
      > "describe-target-group-attributes-$name.json"
  done
echo "Collected in $(pwd). Now: ecsim import aws $directory --cluster $cluster --out scenario.yaml"
