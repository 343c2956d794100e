import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Reply, Stage, statuses } from './stage.ts';

/** A router whose new version fails every other request from `badFrom` percent of the traffic on. */
class Router {
  readonly shares: string[] = [];
  stable = 'v2.3.0';
  canary: string | null = null;
  #requests = 0;
  readonly #badFrom: number;

  constructor(badFrom = Number.POSITIVE_INFINITY) {
    this.#badFrom = badFrom;
  }

  share(): number {
    return Number(this.shares.at(-1) ?? '0');
  }

  answer(method: string, path: string, body: string): Reply {
    switch (`${method} ${path}`) {
      case 'GET /identity':
        return { status: 200, body: 'router-7' };
      case 'GET /status':
        return { status: 200, body: this.#status() };
      case 'PUT /share':
        this.shares.push(body);
        return { status: 204, body: '' };
      case 'PUT /canary':
        this.canary = versionOf(body);
        return { status: 201, body: '' };
      case 'DELETE /canary':
        this.canary = null;
        return { status: 204, body: '' };
      case 'PUT /stable':
        this.stable = versionOf(body);
        return { status: 204, body: '' };
      default:
        return { status: 404, body: '' };
    }
  }

  #status(): unknown {
    const share = this.share();
    if (share > 0) this.#requests += 100;
    const errors = share >= this.#badFrom ? this.#requests / 2 : 0;
    return {
      stable: { version: this.stable },
      canary: { version: this.canary, share, requests: this.#requests, errors, p95_ms: 12 },
    };
  }
}

function versionOf(body: string): string {
  return /"version": "([^"]+)"/.exec(body)?.[1] ?? '?';
}

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

async function release(router: Router) {
  const url = await stage.serve((...request) => router.answer(...request));
  const ended = await stage.example('canary', { router: url, version: 'v2.4.0' });
  return { ended, shown: await stage.shown() };
}

test('three good waves make the new version the stable one', async () => {
  const router = new Router();
  const { ended, shown } = await release(router);
  expect(ended.code).toBe(0);
  expect(router.shares).toEqual(['5', '25', '100']);
  expect(router.stable).toBe('v2.4.0');
  expect(shown).toMatchObject({ status: 'completed', vars: { stable: 'v2.3.0' } });
});

test('a bad second wave takes all traffic away at once, not by way of the first wave', async () => {
  const router = new Router(25);
  const { ended, shown } = await release(router);
  expect(ended.code).toBe(1);
  expect(router.shares).toEqual(['5', '25', '0']);
  expect(router.canary).toBeNull();
  expect(router.stable).toBe('v2.3.0');
  expect(shown.status).toBe('rolled-back');
  expect(shown.rollback.plan).toEqual(['undo_to_5', 'undo_start_canary', 'stable_serves']);
  expect(statuses(shown)).toMatchObject({ good_at_25: 'failed', to_100: 'pending', stable_serves: 'passed' });
});

test('a bad last wave is taken back the same way', async () => {
  const router = new Router(100);
  const { ended } = await release(router);
  expect(ended.code).toBe(1);
  expect(router.shares).toEqual(['5', '25', '100', '0']);
});

test('without the confirmation of the last wave the run waits before it', async () => {
  const router = new Router();
  const url = await stage.serve((...request) => router.answer(...request));
  const ended = await stage.example('canary', { router: url, version: 'v2.4.0' }, '{}');
  expect(ended.code).toBe(3);
  expect(router.shares).toEqual(['5', '25']);
  expect(ended.stderr).toContain('waits for confirmation of to_100');
});
