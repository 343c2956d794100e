/** Alembic, with code whose migrations are the revisions in order. */
import { Refused, type Said } from './tool.ts';
import type { Code, World } from './world.ts';

/** Runs `alembic …` with the revisions of `code` on the database of `world`. */
export function alembic(world: World, { migrations }: Code, words: readonly string[]): Said {
  const [program, command, target] = words;
  if (program !== 'alembic') throw new Refused(`${words.join(' ')} is not in the image`);
  const now = world.applied.at(-1);
  if (now !== undefined && !migrations.includes(now))
    return { stderr: `FAILED: Can't locate revision identified by '${now}'\n`, exit: 255 };
  switch (`${command}${target === 'head' ? ' head' : ''}`) {
    case 'current':
      return { stdout: now === undefined ? '' : `${now}${now === migrations.at(-1) ? ' (head)' : ''}\n` };
    case 'upgrade head':
      world.applied = [...migrations];
      return {};
    case 'downgrade':
      if (target !== 'base' && !migrations.includes(target ?? '')) throw new Refused(`there is no revision ${target}`);
      world.applied = migrations.slice(0, target === 'base' ? 0 : migrations.indexOf(target ?? '') + 1);
      return {};
    default:
      throw new Refused(`alembic ${words.slice(1).join(' ')}`);
  }
}
