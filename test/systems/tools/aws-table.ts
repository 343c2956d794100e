/** The commands of the AWS CLI that a shipped runbook calls, with their flags. */
import type { CommandTable } from './tool.ts';

const all = { region: 'value', output: 'value' } as const;
const global = { output: 'value' } as const;
const stack = { ...all, 'stack-name': 'value' } as const;
const changeSet = { ...stack, 'change-set-name': 'value' } as const;
const template = { ...stack, 'template-body': 'value', parameters: 'list', capabilities: 'list' } as const;
const cluster = { ...all, cluster: 'value' } as const;
const snapshot = { ...all, 'db-cluster-snapshot-identifier': 'value' } as const;

export const awsTable = {
  'cloudformation describe-stacks': stack,
  'cloudformation get-template': { ...stack, 'template-stage': 'value' },
  'cloudformation create-change-set': { ...template, ...changeSet, 'change-set-type': 'value', description: 'value' },
  'cloudformation wait change-set-create-complete': changeSet,
  'cloudformation describe-change-set': changeSet,
  'cloudformation list-change-sets': stack,
  'cloudformation delete-change-set': changeSet,
  'cloudformation execute-change-set': changeSet,
  'cloudformation update-stack': template,
  'cloudformation cancel-update-stack': stack,
  'cloudformation wait stack-update-complete': stack,
  'cloudformation wait stack-rollback-complete': stack,
  'ecr describe-images': { ...all, 'repository-name': 'value', 'image-ids': 'list' },
  'ecs describe-services': { ...cluster, services: 'list' },
  'ecs describe-task-definition': { ...all, 'task-definition': 'value', include: 'list' },
  'ecs register-task-definition': { ...all, 'cli-input-json': 'value', tags: 'list' },
  'ecs deregister-task-definition': { ...all, 'task-definition': 'value' },
  'ecs run-task': {
    ...cluster,
    'task-definition': 'value',
    'launch-type': 'value',
    'network-configuration': 'value',
    'started-by': 'value',
    overrides: 'value',
  },
  'ecs wait tasks-stopped': { ...cluster, tasks: 'list' },
  'ecs describe-tasks': { ...cluster, tasks: 'list' },
  'ecs update-service': { ...cluster, service: 'value', 'task-definition': 'value' },
  'ecs wait services-stable': { ...cluster, services: 'list' },
  'rds create-db-cluster-snapshot': { ...snapshot, 'db-cluster-identifier': 'value', tags: 'list' },
  'rds wait db-cluster-snapshot-available': snapshot,
  'rds describe-db-cluster-snapshots': snapshot,
  'rds describe-db-clusters': { ...all, 'db-cluster-identifier': 'value' },
  'elasticache describe-replication-groups': { ...all, 'replication-group-id': 'value' },
  'elbv2 describe-target-health': { ...all, 'target-group-arn': 'value' },
  'route53 list-resource-record-sets': { ...global, 'hosted-zone-id': 'value' },
  'route53 change-resource-record-sets': { ...global, 'hosted-zone-id': 'value', 'change-batch': 'value' },
  'route53 wait resource-record-sets-changed': { ...global, id: 'value' },
  'cloudwatch describe-alarms': { ...all, 'alarm-name-prefix': 'value', 'state-value': 'value' },
  'sns publish': { ...all, 'topic-arn': 'value', message: 'value' },
} as const satisfies CommandTable;
