/** How long a rehearsal of a thousand failure points takes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gonogo, type Measure, median, program, timed } from './measure.ts';

const rounds = 3;
/** Nine points each: fails before, in the middle and after, two deaths, network, drift, rollback, a failing undo. */
const steps = 112;

export const drillTime: Measure = {
  name: 'Rehearsing 1,008 failure points',
  against: '',
  limit: 10_000,
  run: async (folder) => {
    const document = join(folder, 'release.yaml');
    writeFileSync(document, releaseOf(steps));
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const argv = [process.execPath, gonogo, 'drill', document, '--json', '--state', join(folder, 'state')] as const;
      times.push(await timed(() => program([...argv])));
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
