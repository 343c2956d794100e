/** How long a rehearsal of a thousand failure points takes, in time of the processor: what else the machine does is no part of it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drill } from '../../src/app/drill.ts';
import { type Measure, median } from './measure.ts';

const rounds = 3;
/** Nine points each: fails before, in the middle and after, two deaths, network, drift, rollback, a failing undo. */
const steps = 112;

export const drillTime: Measure = {
  name: 'Rehearsing 1,008 failure points, time of the processor',
  against: '',
  limit: 10_000,
  run: async (folder) => {
    const document = join(folder, 'release.yaml');
    writeFileSync(document, releaseOf(steps));
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const before = process.cpuUsage();
      const { coverage } = await drill(document, new Map());
      const { user, system } = process.cpuUsage(before);
      if (coverage.outcomes.length !== 9 * steps)
        throw new Error(`${coverage.outcomes.length} points, not ${9 * steps}`);
      times.push((user + system) / 1000);
    }
    return { value: median(times), base: null, unit: 'ms' };
  },
};

function releaseOf(count: number): string {
  const list = Array.from(
    { length: count },
    (_, index) => `    - { id: s${index}, run: ./do ${index}, undo: { run: ./undo ${index} } }`,
  );
  return `runbook: Long\ntarget: { name: shop, identity: { check: hostname } }\nphases:\n  deploy:\n${list.join('\n')}\n`;
}
