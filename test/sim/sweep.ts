/**
 * Deaths at every boundary of the stories of some seeds, by turns killed and without power; whoever goes on dies too every few times,
 * or a mishap befalls the world.
 *
 * The story is played once; each boundary gives a copy of the world in which the process died there, and the run goes on in
 * each of the copies.
 */
import { type Crash, check, play } from './replay.ts';
import { Dice, type Fault, mishaps, type World } from './world.ts';

export interface Sweep {
  /** Deaths, each followed by a resume that was compared with the uninterrupted run. */
  readonly crashes: number;
  /** One line each: what broke, and the command that replays it. */
  readonly failures: readonly string[];
}

interface Death {
  readonly at: number;
  readonly way: number;
  readonly fault: Fault;
  readonly world: World;
  /** What befalls the one who goes on. */
  readonly again: readonly Crash[];
}

/** Sweeps seeds `from`, `from + 1`, … until at least `crashPoints` crashes were survived, or three broke. */
export async function sweep(from: number, crashPoints: number): Promise<Sweep> {
  const failures: string[] = [];
  let crashes = 0;
  for (let seed = from; crashes < crashPoints && failures.length < 3; seed += 1) {
    const dice = new Dice(seed * 7919);
    const deaths: Death[] = [];
    const whole = await play(seed, ({ at, ways, dead }) => {
      for (let way = 0; way < ways; way += 1) {
        const fault: Fault = dice.chance(0.5) ? 'kill' : 'power';
        const mishap = dice.chance(0.5) ? (mishaps[dice.below(mishaps.length)] ?? 'unlock') : fault;
        const again: Crash[] = dice.chance(0.4) ? [{ at: 1 + dice.below(40), fault: mishap }] : [];
        deaths.push({ at, way, fault, world: dead(fault, way), again });
      }
    });
    for (const { at, way, fault, world, again } of deaths) {
      if (failures.length === 3) break;
      try {
        await check(seed, whole, world, again);
        crashes += 1 + again.length;
      } catch (error) {
        const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
        failures.push(
          `${why}: node test/sim/replay.ts ${seed} ${at} ${fault} ${way} ${again[0]?.at ?? ''} ${again[0]?.fault ?? ''}`,
        );
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
  process.exitCode = failures.length > 0 ? 1 : 0;
}
