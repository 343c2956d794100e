/** What the simulator takes for the server says what the server says. */
import { hash } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { init } from '../../src/store/postgres/setup.ts';
import { SharedServer } from '../sim/shared-server.ts';
import { Dice } from '../sim/world.ts';
import { host } from './machines.ts';
import { Server } from './server.ts';

let server: Server;
beforeAll(async () => {
  server = await Server.begin();
});
afterAll(() => server.end());

const append = 'select gonogo.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as said';
const runs = ['20261121-0312-release-aaaa', '20261121-0312-release-bbbb'];

/** Calls as drivers make them, many of them late or wrong: about heads, epochs and lines that were once right. */
function callsOf(dice: Dice): (model: SharedServer) => readonly [string, readonly unknown[]] {
  const one = <T>(...of: readonly [T, ...T[]]): T => of[dice.below(of.length)] ?? of[0];
  const lines = (): readonly Buffer[] =>
    Array.from({ length: 1 + dice.below(3) }, () => Buffer.from(`line ${dice.below(3)}`));
  return (model) => {
    const run = one(runs[0] ?? '', ...runs);
    const kept = model.runs.get(run);
    const epoch = Math.max(1, (kept?.epoch ?? 1) - one(0, 0, 0, 1));
    const back = one(0, 0, 0, 1, 2);
    const seq = Math.max(0, (kept?.lines.length ?? 0) - back + one(0, 0, 0, 0, 1));
    const prev = hash('sha256', kept?.lines[seq - 1] ?? '');
    const again = kept?.lines.slice(seq, seq + 1 + dice.below(2)) ?? [];
    const given = again.length > 0 && dice.chance(0.6) ? again : lines();
    switch (one('append', 'append', 'append', 'append', 'take', 'release', 'make', 'send', 'settle')) {
      case 'append':
        return [append, [run, epoch, seq, prev, given, null, null, [], [], []]];
      case 'take':
        return ['select gonogo.take($1, $2, $3) as epoch', [run, epoch, { token: one('a', 'b', 'c') }]];
      case 'release':
        return ['select gonogo.release($1, $2)', [run, epoch]];
      case 'make':
        return ['select gonogo.make($1, $2, $3, $4) as said', [run, { token: one('a', 'b') }, [], lines()]];
      case 'send':
        return ['select gonogo.send($1, $2, $3) as sent', [run, `id ${dice.below(5)}`, '{}']];
      case 'settle':
        return ['select gonogo.settle($1, $2, $3)', [run, epoch, [`id ${dice.below(5)}`]]];
    }
  };
}

test('the simulated server answers every call as PostgreSQL does, and comes to the same', async () => {
  const state = await server.database();
  await init(host, state, {});
  const client = new pg.Client({ connectionString: state, ssl: false });
  await client.connect();
  const model = new SharedServer();
  const call = callsOf(new Dice(7));
  const said = new Set<string>();
  for (let count = 0; count < 1500; count += 1) {
    const [text, values] = call(model);
    const there = (await client.query<Record<string, unknown>>(text, [...values])).rows;
    const here = model.ask(text, values);
    // What says nothing has a row of nothing there.
    if (here.length > 0) expect([count, text, here]).toEqual([count, text, there]);
    said.add(JSON.stringify(here[0]?.['said'] ?? null));
  }
  for (const one of ['appended', 'already', 'refused epoch', 'refused head', 'refused behind', 'made', 'taken'])
    expect(said).toContain(JSON.stringify(one));
  const rows = await client.query<Record<string, unknown>>(
    `select run, epoch, seq::int as seq, head, driver, (select array_agg(line order by seq) from gonogo.event as e where e.run = r.run) as lines,
       (select array_agg(id order by id) from gonogo.message as m where m.run = r.run) as messages from gonogo.run as r order by run`,
  );
  await client.end();
  expect(rows.rows).toEqual(
    [...model.runs]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([run, { epoch, head, driver, lines, messages }]) => {
        const waiting = [...messages.keys()].sort();
        return { run, epoch, seq: lines.length, head, driver, lines, messages: waiting.length === 0 ? null : waiting };
      }),
  );
});
