/** What a page of a list costs in a database of 100,000 runs, beside one of a hundred: an index finds it, so it costs about the same. */
import { existsSync } from 'node:fs';
import { createRealHost } from '../../src/host/real-host.ts';
import { encodeAll } from '../../src/journal/encode.ts';
import { beginning } from '../../src/journal/record.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import { readAddress } from '../../src/store/postgres/address.ts';
import { openWorkPlace } from '../../src/store/postgres/place.ts';
import { init } from '../../src/store/postgres/setup.ts';
import { PostgresStore } from '../../src/store/postgres/store.ts';
import type { Wanted } from '../../src/store/store.ts';
import { summarise } from '../../src/store/summary.ts';
import { started } from '../journal/drafts.ts';
import { Server } from '../shared/server.ts';
import { inTurn, type Measure, timed } from './measure.ts';

const [many, few] = [100_000, 100];
const rounds = 40;
const run = '20261121-0312-release-k7q2';

export const sharedList: Measure = {
  name: 'shared: four pages of a list of 100,000 runs',
  against: 'the same of 100 runs',
  limit: 4,
  run: async (folder) => {
    if (!existsSync('/usr/lib/postgresql')) return null;
    const server = await Server.begin();
    try {
      const [large, small] = [await listing(server, folder, many), await listing(server, folder, few)];
      return { ...(await inTurn(rounds, large, small)), unit: 'ms' };
    } finally {
      server.end();
    }
  },
};

/** Makes `count` runs by SQL, which are remembered like one that was begun; resolves with what lists pages of them. */
async function listing(server: Server, folder: string, count: number): Promise<() => Promise<number>> {
  const host = await createRealHost();
  const state = `${await server.database()}?sslmode=disable`;
  const own = { ...host, machine: { ...host.machine, env: { ...host.machine.env, XDG_STATE_HOME: folder } } };
  await init(own, state, {});
  const address = readAddress(state, own);
  const work = await openWorkPlace(own, `store${count}`);
  const store = new PostgresStore({ host: own, address, work, maxEvidence: 1e9, waitMs: 1000, trouble: () => {} });
  const { bytes, place } = encodeAll([started()], beginning(run), 1);
  const lease = await store.create(run, [], { bytes, head: { seq: place.seq, sha256: place.sha256 } });
  await lease?.release();
  const digest = summarise(reduceAll(verifyJournal(bytes, run).events, run));
  await store.digests(async () => digest);
  await server.sql(
    address.database,
    `create temporary table made as select n, '20251121-0312-run-' || lpad(n::text, 6, '0') || '-aaaa' as run from generate_series(1, ${count}) as n;
     insert into gonogo.run (run, epoch, seq, head, seen, stale) select run, 1, 1, 'head', now(), false from made;
     insert into gonogo.digest (run, head, body) select made.run, 'head', jsonb_set(body::jsonb, '{summary}', body::jsonb -> 'summary' ||
       jsonb_build_object('run', made.run, 'startedAt', 1000000 + n, 'operator', 'op' || n % 10,
         'waiting', case when n % 10 = 3 then '"bo"'::jsonb else 'null'::jsonb end))::text
       from made, gonogo.digest as d where d.run = '${run}';
     analyze gonogo.run; analyze gonogo.digest;`,
  );
  const last = `20251121-0312-run-${String(count / 2).padStart(6, '0')}-aaaa`;
  const pages: readonly Wanted[] = [
    { most: 10 },
    { most: 10, after: { run: last, startedAt: 1_000_000 + count / 2 } },
    { most: 5, operator: 'op7' },
    { most: 5, waiting: true },
  ];
  return () =>
    timed(async () => {
      for (const wanted of pages) {
        const found = await store.digests(async () => digest, wanted);
        if (found.length !== wanted.most) throw new Error(`${found.length} runs are listed`);
      }
    });
}
