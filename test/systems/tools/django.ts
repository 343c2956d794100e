/** `python manage.py` of a service whose code is only the names of its migrations. */
import { Refused, type Said } from './tool.ts';
import type { Code, World } from './world.ts';

/** Runs `words` with the migrations of `code` on the database of `world`. */
export function djangoManage(world: World, code: Code, words: readonly string[]): Said {
  const [python, manage, command = '', ...rest] = words;
  if (python !== 'python' || manage !== 'manage.py') throw new Refused(`${words.join(' ')} is not in the image`);
  switch (command) {
    case 'showmigrations':
      return {
        stdout: code.migrations.map((name) => `[${world.applied.includes(name) ? 'X' : ' '}]  ${name}\n`).join(''),
      };
    case 'migrate':
      return migrate(
        world,
        code,
        rest.filter((word) => word !== '--noinput'),
      );
    case 'check':
      return { stdout: 'System check identified no issues (0 silenced).\n' };
    default:
      throw new Refused(`Unknown command: '${command}'`);
  }
}

function migrate(world: World, { migrations }: Code, [label, name]: readonly string[]): Said {
  if (label === undefined) {
    world.applied = [...new Set([...world.applied, ...migrations])];
    return { stdout: 'Running migrations: OK\n' };
  }
  const own = migrations.filter((one) => one.startsWith(`${label}.`));
  const last = name === 'zero' ? -1 : own.indexOf(`${label}.${name}`);
  if (own.length === 0 || (name !== 'zero' && last === -1)) {
    return { stderr: `CommandError: Cannot find a migration matching '${name}' from app '${label}'.\n`, exit: 1 };
  }
  const kept = own.slice(0, last + 1);
  world.applied = [...world.applied.filter((one) => !own.includes(one)), ...kept];
  return { stdout: 'Running migrations: OK\n' };
}
