/** The Heroku CLI, as far as `heroku-container-release.yaml` calls it. Texts are as the real one prints them without a terminal. */
import { djangoManage } from './django.ts';
import { imageId } from './docker.ts';
import { type Behaviour, type Called, present, printed, Refused, required, type Said, type Tool } from './tool.ts';
import type { HerokuRelease, World } from './world.ts';

const app = { app: 'value' } as const;

const table = {
  'auth:whoami': {},
  'apps:info': { ...app, json: 'switch' },
  releases: { ...app, json: 'switch', num: 'value' },
  'releases:info': { ...app, json: 'switch' },
  rollback: app,
  'container:release': app,
  maintenance: app,
  'maintenance:on': app,
  'maintenance:off': app,
  config: { ...app, json: 'switch' },
  'config:set': app,
  'pg:backups:capture': app,
  'pg:backups:info': app,
  'pg:info': app,
  'redis:info': app,
  ps: { ...app, json: 'switch' },
  'ps:wait': { ...app, type: 'value' },
  logs: { ...app, num: 'value' },
  run: { ...app, 'exit-code': 'switch', 'no-tty': 'switch' },
} as const;

/** The behaviour of a command of the app. */
function ofApp(behave: Behaviour<World>): Behaviour<World> {
  return (world, called) => {
    const name = required(called, 'app');
    if (name !== world.heroku.app) return { stderr: ` ›   Error: Couldn't find that app.\n`, exit: 1 };
    return behave(world, called);
  };
}

export function currentRelease({ heroku }: World): HerokuRelease {
  return present(heroku.releases.at(-1), 'a release');
}

function add(world: World, description: string, changed: Partial<HerokuRelease>): Said {
  const now = currentRelease(world);
  const version = now.version + 1;
  world.heroku.releases.push({ ...now, ...changed, version, description, status: 'succeeded' });
  return { stderr: `... done, v${version}\n` };
}

function told(release: HerokuRelease, world: World): unknown {
  const { version, description, status } = release;
  return { version, description, status, current: release === currentRelease(world) };
}

function numbered({ heroku }: World, { rest: [named = ''] }: Called): HerokuRelease {
  return present(
    heroku.releases.find(({ version }) => `v${version}` === named),
    `release ${named}`,
  );
}

/** The version whose image a release serves. */
export function versionOf({ code }: World, { image }: HerokuRelease): string {
  return present(
    Object.keys(code).find((version) => imageId(version) === image),
    `the code of ${image}`,
  );
}

const commands: Readonly<Record<keyof typeof table, Behaviour<World>>> = {
  'auth:whoami': ({ heroku }) => ({ stdout: `${heroku.account}\n` }),
  'apps:info': ofApp(({ heroku }) =>
    printed({ app: { name: heroku.app, region: { name: heroku.region }, stack: { name: heroku.stack } }, dynos: [] }),
  ),
  releases: ofApp((world, { flags }) => {
    const newest = world.heroku.releases.toReversed().slice(0, Number(flags.get('num') ?? '15'));
    return printed(newest.map((release) => told(release, world)));
  }),
  'releases:info': ofApp((world, called) => printed(told(numbered(world, called), world))),
  rollback: ofApp((world, called) => {
    const { image, config, version } = numbered(world, called);
    return add(world, `Rollback to v${version}`, { image, config });
  }),
  'container:release': ofApp((world, { rest }) => {
    if (rest.join() !== 'web') throw new Refused(`no process type ${rest.join()}`);
    const pushed = present(world.docker.registry[`registry.heroku.com/${world.heroku.app}/web`], 'a pushed image');
    return add(world, `Deployed web (${pushed.id.slice(7, 19)})`, { image: pushed.id });
  }),
  maintenance: ofApp(({ heroku }) => ({ stdout: `${heroku.maintenance}\n` })),
  'maintenance:on': ofApp(({ heroku }) => {
    heroku.maintenance = 'on';
    return { stderr: 'Enabling maintenance mode... done\n' };
  }),
  'maintenance:off': ofApp(({ heroku }) => {
    heroku.maintenance = 'off';
    return { stderr: 'Disabling maintenance mode... done\n' };
  }),
  config: ofApp((world) => printed(currentRelease(world).config)),
  'config:set': ofApp((world, { rest }) => {
    const set = Object.fromEntries(rest.map((word) => word.split('=')));
    return add(world, `Set ${Object.keys(set).join(', ')} config vars`, {
      config: { ...currentRelease(world).config, ...set },
    });
  }),
  'pg:backups:capture': ofApp(({ heroku }) => {
    const name = `b${String(heroku.backups.length + 1).padStart(3, '0')}`;
    heroku.backups.push(name);
    return { stderr: `Starting backup of postgresql-round-12345... done\nBacking up DATABASE to ${name}... done\n` };
  }),
  'pg:backups:info': ofApp(({ heroku }, { rest: [named = ''] }) => {
    if (!heroku.backups.includes(named)) return { stderr: ` ›   Error: Backup ${named} not found.\n`, exit: 1 };
    return {
      stdout: `=== Backup ${named}\n\nDatabase:         DATABASE\nStatus:           Completed 2026-11-24 10:02:11 +0000\n`,
    };
  }),
  'pg:info': ofApp(() => ({
    stdout: '=== DATABASE_URL\n\nPlan:                  essential-0\nStatus:                Available\n',
  })),
  'redis:info': ofApp(() => ({
    stdout: '=== redis-flat-54321 (REDIS_URL)\n\nPlan:                   Mini\nStatus:                 available\n',
  })),
  ps: ofApp(() => printed([{ name: 'web.1', type: 'web', state: 'up' }])),
  'ps:wait': ofApp(() => ({})),
  logs: ofApp(() => ({ stdout: '2026-01-01T00:00:00.000000+00:00 app[web.1]: Traceback of last year\n' })),
  run: ofApp((world, { rest }) =>
    djangoManage(world, present(world.code[versionOf(world, currentRelease(world))], 'its code'), rest),
  ),
};

export const heroku: Tool<World> = { table, short: { a: 'app', j: 'json', n: 'num' }, commands };
