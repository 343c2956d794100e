/** How soon the command answers. */
import { gonogo, inTurn, type Measure, program, timed } from './measure.ts';

const rounds = 21;

export const versionTime: Measure = {
  name: '`gonogo --version`',
  against: '`node -e 0`',
  limit: 1.5,
  run: async () => {
    const version = (): Promise<number> => timed(() => program([process.execPath, gonogo, '--version']));
    const nothing = (): Promise<number> => timed(() => program([process.execPath, '-e', '0']));
    return { ...(await inTurn(rounds, version, nothing)), unit: 'ms' };
  },
};
