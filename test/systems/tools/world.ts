/** What the stand-ins know. Each system has its part; a test begins with the parts that its runbook needs. */

/** Code of a version, as an image or a folder holds it: its migrations in order, and whether it serves. */
export interface Code {
  readonly migrations: readonly string[];
  readonly serves: boolean;
}

export interface Image {
  readonly id: string;
  readonly size: number;
  readonly version: string;
}

export interface HerokuRelease {
  readonly version: number;
  readonly description: string;
  readonly image: string;
  readonly config: Readonly<Record<string, string>>;
  readonly status: 'succeeded' | 'failed';
}

export interface HerokuWorld {
  readonly account: string;
  readonly app: string;
  readonly stack: string;
  readonly region: string;
  maintenance: 'on' | 'off';
  /** Newest last. */
  releases: HerokuRelease[];
  backups: string[];
}

export interface TaskDefinition {
  readonly taskDefinitionArn: string;
  readonly family: string;
  readonly revision: number;
  readonly containerDefinitions: readonly { readonly name: string; readonly image: string }[];
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  status: 'ACTIVE' | 'INACTIVE';
}

export interface ChangeSet {
  readonly name: string;
  readonly template: string;
  readonly parameters: string;
  execution: 'AVAILABLE' | 'UNAVAILABLE' | 'EXECUTE_COMPLETE';
}

export interface AwsWorld {
  readonly account: string;
  readonly region: string;
  /** Template and parameters as text. */
  stack: { readonly name: string; status: string; template: string; parameters: string };
  changeSets: ChangeSet[];
  /** Task definition by service. */
  services: Record<string, string>;
  taskDefinitions: TaskDefinition[];
  /** Exit code by task. */
  tasks: Record<string, number>;
  snapshots: string[];
  weights: Record<string, number>;
  /** By alarm, from which weight of green on it is on. */
  readonly alarms: Readonly<Record<string, number>>;
  published: string[];
}

export interface World {
  readonly code: Readonly<Record<string, Code>>;
  /** Migrations that the database has. */
  applied: string[];
  heroku: HerokuWorld;
  aws: AwsWorld;
  /** A server with releases below `root`: what its back end was started from, and what it told the error tracker. */
  server: { readonly name: string; readonly root: string; running: string; events: string[] };
  /** The version that each service of the Compose project runs. */
  compose: { readonly host: string; running: Record<string, string> };
  /** Images of this machine by tag, and what registries hold. */
  docker: { images: Record<string, Image>; registry: Record<string, Image> };
}

/** A world in which nothing is there. */
export const emptyWorld: World = {
  code: {},
  applied: [],
  heroku: { account: '', app: '', stack: '', region: '', maintenance: 'off', releases: [], backups: [] },
  aws: {
    account: '',
    region: '',
    stack: { name: '', status: '', template: '', parameters: '[]' },
    changeSets: [],
    services: {},
    taskDefinitions: [],
    tasks: {},
    snapshots: [],
    weights: {},
    alarms: {},
    published: [],
  },
  server: { name: '', root: '', running: '', events: [] },
  compose: { host: '', running: {} },
  docker: { images: {}, registry: {} },
};
