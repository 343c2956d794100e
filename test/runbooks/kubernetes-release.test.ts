/** The runbook that releases to Kubernetes, with the real kubectl, against a stand-in of the cluster's API. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Stage } from '../examples/stage.ts';
import { Cluster, uid } from './cluster.ts';

// Each test walks a whole release, with dozens of real programs.
vi.setConfig({ testTimeout: 180_000 });

const runbook = join(import.meta.dirname, '../../runbooks/kubernetes-release.yaml');
const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;
const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const image = (digit: string): string => `registry.example/shop@${digest(digit)}`;

const manual: Readonly<Record<string, readonly string[]>> = {
  ready: [
    ...['images', 'registry', 'configuration'].map((name) => `package_${name}`),
    ...['configuration', 'communication', 'verification', 'rehearsed'].map((name) => `rollback_${name}`),
  ],
  verified: ['smoke', 'endpoints', 'api', 'database', 'cache', 'monitoring'].map((name) => `verify_${name}`),
};
const said = [
  ...Object.entries(manual).flatMap(([gate, items]) => items.map((item) => `${gate}.${item}: { pass: Looked at }`)),
  'go: { approve: { by: Grace } }',
  'set_image: { confirm: shop/shop }',
].join('\n');

describe.runIf(hasKubectl)('with kubectl', () => {
  let stage: Stage;
  let cluster: Cluster;

  beforeAll(async () => {
    stage = new Stage();
    cluster = await Cluster.start({ [image('1')]: 'v1.0.0', [image('2')]: 'v1.1.0', [image('3')]: 'v1.2.0' });
    stage.env['KUBECONFIG'] = stage.write(
      'kubeconfig',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'here', cluster: { server: cluster.url } }],
        contexts: [{ name: 'here', context: { cluster: 'here', user: 'here' } }],
        users: [{ name: 'here', user: { token: 'none' } }],
      }),
    );
    stage.env['HOME'] = stage.folder;
  });
  afterAll(async () => {
    await cluster.stop();
    await stage.dispose();
  });

  const release = (version: string, digit: string, more: Readonly<Record<string, string>> = {}) => {
    const vars = {
      context: 'here',
      cluster: uid,
      version,
      digest: digest(digit),
      url: cluster.url,
      rollout_limit: '5s',
      ...more,
    };
    return stage.headless(runbook, vars, stage.write('answers.yaml', said));
  };

  test('another cluster than was meant is not changed', async () => {
    const ended = await release('v1.1.0', '2', { cluster: uid.replace('2', '3') });
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining('identity') });
    expect(cluster.revisions).toEqual([[1, image('1')]]);
  });

  test('an image is set by its digest, waited for and looked at', async () => {
    const ended = await release('v1.1.0', '2');
    expect(ended, ended.stdout + ended.stderr).toMatchObject({ code: 0 });
    expect(cluster.image).toBe(image('2'));
  });

  test('an image whose pods do not become ready is taken back by its revision', async () => {
    cluster.bad = image('3');
    const ended = await release('v1.2.0', '3');
    expect(ended, ended.stdout + ended.stderr).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('rolled back: rollout failed'),
    });
    expect(cluster.revisions.map(([, there]) => there)).toEqual([image('1'), image('3'), image('2')]);
  });
});
