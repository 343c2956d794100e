/** The AWS CLI, as far as `aws-ecs-release.yaml` calls it. It answers in JSON, with the fields that are asked of the real one. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { awsTable } from './aws-table.ts';
import { djangoManage } from './django.ts';
import { imageId } from './docker.ts';
import { type Behaviour, type Called, present, printed, Refused, required, type Said, type Tool } from './tool.ts';
import type { AwsWorld, ChangeSet, TaskDefinition, World } from './world.ts';

const parametersSchema = z.array(
  z.strictObject({
    ParameterKey: z.string(),
    ParameterValue: z.string().optional(),
    UsePreviousValue: z.boolean().optional(),
  }),
);
const definitionSchema = z.strictObject({
  family: z.string(),
  containerDefinitions: z.array(z.strictObject({ name: z.string(), image: z.string() })),
});
const overridesSchema = z.strictObject({
  containerOverrides: z.array(z.strictObject({ name: z.string(), command: z.array(z.string()) })),
});
const batchSchema = z.strictObject({
  Changes: z.array(
    z.strictObject({
      Action: z.literal('UPSERT'),
      ResourceRecordSet: z.looseObject({ SetIdentifier: z.string(), Weight: z.int().min(0).max(255) }),
    }),
  ),
});

/** The text of a `file://` parameter. */
function fileOf(called: Called, name: string): string {
  const path = required(called, name);
  if (!path.startsWith('file://')) throw new Refused(`--${name} is no file`);
  return readFileSync(path.slice('file://'.length), 'utf8');
}

/** What the service says when it refuses. */
function failing(code: string, operation: string, message: string): Said {
  return { stderr: `\nAn error occurred (${code}) when calling the ${operation} operation: ${message}\n`, exit: 254 };
}

function arn({ region, account }: AwsWorld, service: string, rest: string): string {
  return `arn:aws:${service}:${region}:${account}:${rest}`;
}

function stackOf(called: Called, { aws }: World): AwsWorld['stack'] {
  if (required(called, 'stack-name') !== aws.stack.name) throw new Refused('Stack with that id does not exist');
  return aws.stack;
}

/** The parameters of `text` with the values before for those that keep theirs. */
function merged(text: string, before: string): string {
  const known = parametersSchema.parse(JSON.parse(before));
  const given = parametersSchema.parse(JSON.parse(text));
  return JSON.stringify(
    given.map(({ ParameterKey, ParameterValue, UsePreviousValue }) => ({
      ParameterKey,
      ParameterValue:
        UsePreviousValue === true
          ? known.find((one) => one.ParameterKey === ParameterKey)?.ParameterValue
          : ParameterValue,
    })),
  );
}

function changeSetOf(called: Called, { aws }: World): ChangeSet {
  return present(
    aws.changeSets.find(({ name }) => name === required(called, 'change-set-name')),
    'the change set',
  );
}

function stackCommands(): Readonly<Record<string, Behaviour<World>>> {
  return {
    'cloudformation describe-stacks': (world, called) => {
      const { name, status, parameters } = stackOf(called, world);
      return printed({
        Stacks: [
          {
            StackId: arn(world.aws, 'cloudformation', `stack/${name}/6f1d`),
            StackName: name,
            StackStatus: status,
            // A parameter with NoEcho is not shown.
            Parameters: parametersSchema
              .parse(JSON.parse(parameters))
              .map((one) => (one.ParameterKey === 'Password' ? { ...one, ParameterValue: '****' } : one)),
          },
        ],
      });
    },
    'cloudformation get-template': (world, called) => printed({ TemplateBody: stackOf(called, world).template }),
    'cloudformation create-change-set': (world, called) => {
      const stack = stackOf(called, world);
      const template = fileOf(called, 'template-body');
      const parameters = merged(fileOf(called, 'parameters'), stack.parameters);
      const same = template === stack.template && parameters === stack.parameters;
      const name = required(called, 'change-set-name');
      world.aws.changeSets.push({ name, template, parameters, execution: same ? 'UNAVAILABLE' : 'AVAILABLE' });
      return printed({ Id: arn(world.aws, 'cloudformation', `changeSet/${name}/1`) });
    },
    'cloudformation wait change-set-create-complete': (world, called) =>
      changeSetOf(called, world).execution === 'AVAILABLE'
        ? {}
        : { stderr: 'Waiter ChangeSetCreateComplete failed\n', exit: 255 },
    'cloudformation describe-change-set': (world, called) => {
      if (changeSetOf(called, world).execution !== 'AVAILABLE')
        return printed({
          Status: 'FAILED',
          StatusReason: "The submitted information didn't contain changes.",
          Changes: [],
        });
      const change = {
        Action: 'Modify',
        LogicalResourceId: 'Listener',
        ResourceType: 'AWS::ElasticLoadBalancingV2::Listener',
        Replacement: 'False',
      };
      return printed({ Status: 'CREATE_COMPLETE', Changes: [{ Type: 'Resource', ResourceChange: change }] });
    },
    'cloudformation list-change-sets': ({ aws }) =>
      printed({
        Summaries: aws.changeSets.map(({ name, execution }) => ({ ChangeSetName: name, ExecutionStatus: execution })),
      }),
    'cloudformation delete-change-set': (world, called) => {
      const gone = changeSetOf(called, world);
      world.aws.changeSets = world.aws.changeSets.filter((one) => one !== gone);
      return {};
    },
    'cloudformation execute-change-set': (world, called) => {
      const set = changeSetOf(called, world);
      set.execution = 'EXECUTE_COMPLETE';
      Object.assign(stackOf(called, world), {
        template: set.template,
        parameters: set.parameters,
        status: 'UPDATE_COMPLETE',
      });
      return {};
    },
    'cloudformation update-stack': (world, called) => {
      const stack = stackOf(called, world);
      const template = fileOf(called, 'template-body');
      const parameters = merged(fileOf(called, 'parameters'), stack.parameters);
      if (template === stack.template && parameters === stack.parameters)
        return failing('ValidationError', 'UpdateStack', 'No updates are to be performed.');
      Object.assign(stack, { template, parameters, status: 'UPDATE_COMPLETE' });
      return {};
    },
    'cloudformation cancel-update-stack': () =>
      failing('ValidationError', 'CancelUpdateStack', 'it is not being updated'),
    'cloudformation wait stack-update-complete': (world, called) =>
      stackOf(called, world).status === 'UPDATE_COMPLETE'
        ? {}
        : { stderr: 'Waiter StackUpdateComplete failed\n', exit: 255 },
    'cloudformation wait stack-rollback-complete': () => ({
      stderr: 'Waiter StackRollbackComplete failed\n',
      exit: 255,
    }),
  };
}

function definitionOf({ aws }: World, named: string): TaskDefinition {
  const active = aws.taskDefinitions.filter(({ family, status }) => family === named && status === 'ACTIVE');
  return present(
    aws.taskDefinitions.find((one) => one.taskDefinitionArn === named) ?? active.at(-1),
    `task definition ${named}`,
  );
}

/** The version whose image the container `name` of a task definition runs. */
export function versionIn(world: World, named: string, name: string): string {
  const image = definitionOf(world, named).containerDefinitions.find((one) => one.name === name)?.image ?? '';
  return present(
    Object.keys(world.code).find((version) => image.endsWith(`@${imageId(version)}`) || image.endsWith(`:${version}`)),
    `the code of ${image}`,
  );
}

const desired = 2;

function serviceCommands(): Readonly<Record<string, Behaviour<World>>> {
  return {
    'ecr describe-images': (world, called) => {
      const version = required(called, 'image-ids').replace('imageTag=', '');
      if (world.code[version] === undefined)
        return failing('ImageNotFoundException', 'DescribeImages', `no ${version}`);
      const imageDetails = [
        { imageDigest: imageId(version), imageSizeInBytes: 184_000_000, imagePushedAt: '2026-11-24T09:58:00+00:00' },
      ];
      return printed({ imageDetails });
    },
    'ecs describe-services': ({ aws }, called) => {
      const name = required(called, 'services');
      const taskDefinition = aws.services[name];
      if (taskDefinition === undefined) return printed({ services: [], failures: [{ arn: name, reason: 'MISSING' }] });
      const networkConfiguration = {
        awsvpcConfiguration: { subnets: ['subnet-1'], securityGroups: ['sg-1'], assignPublicIp: 'DISABLED' },
      };
      const loadBalancers = name.startsWith('ai-')
        ? []
        : [{ targetGroupArn: arn(aws, 'elasticloadbalancing', `targetgroup/${name}/1`) }];
      const counts = { desiredCount: desired, runningCount: desired };
      return printed({
        services: [
          { serviceName: name, status: 'ACTIVE', taskDefinition, networkConfiguration, loadBalancers, ...counts },
        ],
      });
    },
    'ecs describe-task-definition': (world, called) => {
      const { tags, status, ...rest } = definitionOf(world, required(called, 'task-definition'));
      const shown = {
        ...rest,
        status,
        requiresAttributes: [],
        compatibilities: ['FARGATE'],
        registeredAt: 1,
        registeredBy: 'ci',
      };
      return printed({ taskDefinition: shown, tags: called.flags.get('include') === 'TAGS' ? tags : [] });
    },
    'ecs register-task-definition': ({ aws }, called) => {
      const { family, containerDefinitions } = definitionSchema.parse(JSON.parse(fileOf(called, 'cli-input-json')));
      const revision =
        Math.max(...aws.taskDefinitions.filter((one) => one.family === family).map((one) => one.revision)) + 1;
      const [key = '', value = ''] = required(called, 'tags')
        .split(',')
        .map((part) => part.split('=')[1] ?? '');
      const taskDefinitionArn = arn(aws, 'ecs', `task-definition/${family}:${revision}`);
      aws.taskDefinitions.push({
        taskDefinitionArn,
        family,
        revision,
        containerDefinitions,
        tags: [{ key, value }],
        status: 'ACTIVE',
      });
      return printed({ taskDefinition: { taskDefinitionArn } });
    },
    'ecs deregister-task-definition': (world, called) => {
      definitionOf(world, required(called, 'task-definition')).status = 'INACTIVE';
      return printed({ taskDefinition: {} });
    },
    'ecs run-task': (world, called) => {
      const [override] = overridesSchema.parse(JSON.parse(required(called, 'overrides'))).containerOverrides;
      const { name, command } = present(override, 'an override');
      const code = present(world.code[versionIn(world, required(called, 'task-definition'), name)], 'its code');
      const taskArn = arn(world.aws, 'ecs', `task/shop/${Object.keys(world.aws.tasks).length + 1}`);
      world.aws.tasks[taskArn] = command.join(' ') === 'true' ? 0 : (djangoManage(world, code, command).exit ?? 0);
      return printed({ tasks: [{ taskArn }], failures: [] });
    },
    'ecs wait tasks-stopped': () => ({}),
    'ecs describe-tasks': ({ aws }, called) => {
      const taskArn = required(called, 'tasks');
      const containers = [
        { name: 'django', exitCode: present(aws.tasks[taskArn], 'the task') },
        { name: 'logs', exitCode: 143 },
      ];
      return printed({ tasks: [{ taskArn, containers }] });
    },
    'ecs update-service': (world, called) => {
      const name = required(called, 'service');
      present(world.aws.services[name], `service ${name}`);
      const { status, taskDefinitionArn } = definitionOf(world, required(called, 'task-definition'));
      if (status !== 'ACTIVE') return failing('ClientException', 'UpdateService', 'TaskDefinition is inactive');
      world.aws.services[name] = taskDefinitionArn;
      return printed({ service: {} });
    },
    'ecs wait services-stable': () => ({}),
  };
}

function otherCommands(): Readonly<Record<string, Behaviour<World>>> {
  return {
    'rds create-db-cluster-snapshot': ({ aws }, called) => {
      aws.snapshots.push(required(called, 'db-cluster-snapshot-identifier'));
      return {};
    },
    'rds wait db-cluster-snapshot-available': () => ({}),
    'rds describe-db-cluster-snapshots': ({ aws }, called) => {
      const named = required(called, 'db-cluster-snapshot-identifier');
      return printed({
        DBClusterSnapshots: aws.snapshots.filter((one) => one === named).map(() => ({ Status: 'available' })),
      });
    },
    'rds describe-db-clusters': () => printed({ DBClusters: [{ Status: 'available' }] }),
    'elasticache describe-replication-groups': () => printed({ ReplicationGroups: [{ Status: 'available' }] }),
    'elbv2 describe-target-health': () =>
      printed({ TargetHealthDescriptions: [{ Target: { Id: '10.0.1.12' }, TargetHealth: { State: 'healthy' } }] }),
    'route53 list-resource-record-sets': ({ aws }) => {
      const records = Object.entries(aws.weights).map(([SetIdentifier, Weight]) => ({
        Name: 'shop.example.',
        Type: 'A',
        SetIdentifier,
        Weight,
        AliasTarget: { HostedZoneId: 'Z1', DNSName: `${SetIdentifier}.elb.example.`, EvaluateTargetHealth: true },
      }));
      return printed({
        ResourceRecordSets: [{ Name: 'shop.example.', Type: 'MX', TTL: 300, ResourceRecords: [] }, ...records],
      });
    },
    'route53 change-resource-record-sets': ({ aws }, called) => {
      const { Changes } = batchSchema.parse(JSON.parse(required(called, 'change-batch')));
      for (const { ResourceRecordSet } of Changes)
        aws.weights[ResourceRecordSet.SetIdentifier] = ResourceRecordSet.Weight;
      return printed({ ChangeInfo: { Id: '/change/C1', Status: 'PENDING' } });
    },
    'route53 wait resource-record-sets-changed': () => ({}),
    'cloudwatch describe-alarms': ({ aws }, { flags }) => {
      const isOn = (name: string): boolean =>
        (aws.weights['green'] ?? 0) >= (aws.alarms[name] ?? Number.POSITIVE_INFINITY);
      const all = ['shop-errors', 'shop-latency'].map((AlarmName) => ({
        AlarmName,
        StateValue: isOn(AlarmName) ? 'ALARM' : 'OK',
      }));
      const state = flags.get('state-value');
      return printed({ MetricAlarms: all.filter(({ StateValue }) => state === undefined || StateValue === state) });
    },
    'sns publish': ({ aws }, called) => {
      aws.published.push(required(called, 'message'));
      return printed({ MessageId: '1' });
    },
  };
}

export const aws: Tool<World> = {
  table: awsTable,
  commands: { ...stackCommands(), ...serviceCommands(), ...otherCommands() },
};
