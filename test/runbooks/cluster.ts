/**
 * As much of the API of Kubernetes as `kubectl` asks for a release of one Deployment, on 127.0.0.1, and the service that its pods would be. It
 * keeps revisions as the controller does; an image that it is told to be bad never becomes ready. kubectl itself is the real one.
 */
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import * as z from 'zod';

export const uid = '2f3c7a52-7a3f-4c1e-9d5a-0b6d1f0c9a11';
const owner = 'd6a1c6a0-0d0e-4b7e-8f6d-3c1c4e0f7a55';
const replicas = 2;

const templateSchema = z.looseObject({
  spec: z.looseObject({ containers: z.array(z.looseObject({ name: z.string(), image: z.string() })).min(1) }),
});
/** A strategic merge patch, as `set image` sends it, or a JSON patch, as `rollout undo` does. */
const patchSchema = z.union([
  z.array(z.looseObject({ op: z.string(), path: z.string(), value: z.unknown() })),
  z.looseObject({ spec: z.looseObject({ template: templateSchema }) }),
]);

export class Cluster {
  readonly url: string;
  /** Images by revision: the newest one runs, and a revision that is gone back to becomes the newest. */
  revisions: (readonly [revision: number, image: string])[] = [];
  /** An image that never becomes ready. */
  bad = '';
  readonly #versions: Readonly<Record<string, string>>;
  readonly #server: Server;

  private constructor(server: Server, port: number, versions: Readonly<Record<string, string>>) {
    this.#server = server;
    this.#versions = versions;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** `versions`: what the pods of an image answer. The first of them runs as revision 1. */
  static async start(versions: Readonly<Record<string, string>>): Promise<Cluster> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const cluster = new Cluster(server, typeof address === 'object' ? (address?.port ?? 0) : 0, versions);
    cluster.revisions = [[1, Object.keys(versions)[0] ?? '']];
    server.on('request', (request, response) => {
      let text = '';
      request.on('data', (piece) => (text += String(piece)));
      request.on('end', () =>
        cluster.#answer(request.method ?? '', new URL(request.url ?? '', cluster.url), text, response),
      );
    });
    return cluster;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** The image that the Deployment asks for. */
  get image(): string {
    return this.revisions.at(-1)?.[1] ?? '';
  }

  #answer(method: string, url: URL, text: string, response: ServerResponse): void {
    const send = (value: unknown, status = 200): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    const deployments = '/apis/apps/v1/namespaces/shop/deployments';
    if (method === 'PATCH' && url.pathname === `${deployments}/shop`) {
      const image = this.#patched(patchSchema.parse(JSON.parse(text)));
      if (url.searchParams.get('dryRun') === null) this.#run(image);
      send(this.#deployment(image));
    } else if (method === 'POST') send(allowed, 201);
    // A watch that has nothing to tell stays open.
    else if (url.searchParams.has('watch'))
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    else {
      const found = this.#found(url.pathname, deployments);
      if (found !== null) send(found);
      else send({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 }, 404);
    }
  }

  #found(path: string, deployments: string): unknown {
    const list = (kind: string, items: readonly unknown[], version = 'apps/v1'): unknown => ({
      kind,
      apiVersion: version,
      metadata: { resourceVersion: '1' },
      items,
    });
    switch (path) {
      case '/health':
        return { status: 'ok' };
      case '/version':
        return { version: this.#versions[this.#serving] };
      case '/':
        return {};
      case '/api/v1/namespaces/kube-system':
        return { kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'kube-system', uid } };
      case '/api/v1/namespaces/shop/pods':
        return list('PodList', this.#pods(), 'v1');
      case deployments:
        return list('DeploymentList', [this.#deployment(this.image)]);
      case `${deployments}/shop`:
        return this.#deployment(this.image);
      case '/apis/apps/v1/namespaces/shop/replicasets':
        return list(
          'ReplicaSetList',
          this.revisions.map(([revision, image]) => this.#replicaSet(revision, image)),
        );
      default:
        return discovery[path] ?? null;
    }
  }

  /** The image whose pods get the requests: a bad one gets none. */
  get #serving(): string {
    return this.image === this.bad ? (this.revisions.at(-2)?.[1] ?? '') : this.image;
  }

  #patched(patch: z.infer<typeof patchSchema>): string {
    const template = Array.isArray(patch)
      ? templateSchema.parse(patch.find(({ path }) => path === '/spec/template')?.value)
      : patch.spec.template;
    return template.spec.containers[0]?.image ?? '';
  }

  #run(image: string): void {
    const next = (this.revisions.at(-1)?.[0] ?? 0) + 1;
    this.revisions = [...this.revisions.filter(([, there]) => there !== image), [next, image]];
  }

  #template(image: string): unknown {
    const probe = { httpGet: { path: '/health', port: 8000 } };
    return {
      metadata: { labels: { app: 'shop' } },
      spec: { containers: [{ name: 'shop', image, readinessProbe: probe, livenessProbe: probe }] },
    };
  }

  #deployment(image: string): unknown {
    const generation = this.revisions.at(-1)?.[0] ?? 0;
    const isBad = image === this.bad;
    return {
      kind: 'Deployment',
      apiVersion: 'apps/v1',
      metadata: {
        name: 'shop',
        namespace: 'shop',
        uid: owner,
        generation,
        resourceVersion: '1',
        annotations: { 'deployment.kubernetes.io/revision': String(generation) },
      },
      spec: {
        replicas,
        selector: { matchLabels: { app: 'shop' } },
        strategy: { type: 'RollingUpdate' },
        template: this.#template(image),
      },
      status: {
        observedGeneration: generation,
        replicas: isBad ? replicas + 1 : replicas,
        updatedReplicas: isBad ? 1 : replicas,
        readyReplicas: replicas,
        availableReplicas: replicas,
      },
    };
  }

  #replicaSet(revision: number, image: string): unknown {
    return {
      metadata: {
        name: `shop-${revision}`,
        uid: `of-revision-${revision}`,
        namespace: 'shop',
        labels: { app: 'shop' },
        annotations: { 'deployment.kubernetes.io/revision': String(revision) },
        ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop', uid: owner, controller: true }],
      },
      spec: { replicas, selector: { matchLabels: { app: 'shop' } }, template: this.#template(image) },
    };
  }

  #pods(): readonly unknown[] {
    return Array.from({ length: replicas }, (_, index) => ({
      metadata: { name: `shop-${index}`, namespace: 'shop', labels: { app: 'shop' } },
      status: {
        containerStatuses: [
          { name: 'shop', ready: true, restartCount: 0, imageID: this.#serving, image: this.#serving },
        ],
      },
    }));
  }
}

const resource = (name: string, kind: string, verbs: readonly string[]): unknown => ({
  name,
  kind,
  verbs,
  singularName: kind.toLowerCase(),
  namespaced: kind !== 'Namespace' && kind !== 'SelfSubjectAccessReview',
});
const resources = (groupVersion: string, all: readonly unknown[]): unknown => ({
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion,
  resources: all,
});
const group = (name: string): unknown => {
  const version = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [version], preferredVersion: version };
};
const reading = ['get', 'list', 'watch', 'patch', 'update'];

/** Whoever asks may do what they ask about. */
const allowed = {
  kind: 'SelfSubjectAccessReview',
  apiVersion: 'authorization.k8s.io/v1',
  spec: {},
  status: { allowed: true },
};

/** What the API tells of itself. */
const discovery: Readonly<Record<string, unknown>> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [group('apps'), group('authorization.k8s.io')] },
  '/api/v1': resources('v1', [resource('namespaces', 'Namespace', reading), resource('pods', 'Pod', reading)]),
  '/apis/apps/v1': resources('apps/v1', [
    resource('deployments', 'Deployment', reading),
    resource('replicasets', 'ReplicaSet', reading),
  ]),
  '/apis/authorization.k8s.io/v1': resources('authorization.k8s.io/v1', [
    resource('selfsubjectaccessreviews', 'SelfSubjectAccessReview', ['create']),
  ]),
};
