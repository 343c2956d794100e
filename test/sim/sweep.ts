/** Crashes at every boundary of the stories of some seeds, by turns killed and without power, and every few twice. */
import { type Crash, check, play } from './replay.ts';
import { Dice, type Fault } from './world.ts';

export interface Sweep {
  readonly crashes: number;
  /** One line each: what broke, and the command that replays it. */
  readonly failures: readonly string[];
}

/** Sweeps seeds `from`, `from + 1`, … until at least `crashPoints` crashes were survived, or three broke. */
export async function sweep(from: number, crashPoints: number): Promise<Sweep> {
  const failures: string[] = [];
  let crashes = 0;
  for (let seed = from; crashes < crashPoints && failures.length < 3; seed += 1) {
    const whole = await play(seed, []);
    const dice = new Dice(seed * 7919);
    for (let at = 1; at <= whole.boundaries && failures.length < 3; at += 1) {
      const fault: Fault = dice.chance(0.5) ? 'kill' : 'power';
      const points: Crash[] = [{ at, fault }];
      if (dice.chance(0.3)) points.push({ at: 1 + dice.below(80), fault });
      try {
        crashes += (await check(seed, whole, points)).crashes;
      } catch (error) {
        const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
        failures.push(`${why}: node test/sim/replay.ts ${seed} ${at} ${fault} ${points[1]?.at ?? ''}`);
      }
    }
  }
  return { crashes, failures };
}

if (process.argv[1] === import.meta.filename) {
  const begun = performance.now();
  const { crashes, failures } = await sweep(Number(process.argv[2] ?? '1'), Number(process.argv[3] ?? '1000'));
  console.log(`${crashes} crashes survived in ${Math.round(performance.now() - begun)} ms`);
  for (const failure of failures) console.log(failure);
}
