/** The shop of `shop/`, a Django service: its repository with three versions, and the first of them serving behind nginx. */
import { cpSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { adapted } from './adapt.ts';
import { python } from './programs.ts';
import type { Stack } from './stack.ts';

/** Rows that are there before anything is released. */
export const rowsAtFirst = 2000;

export class Shop {
  readonly stack: Stack;
  /** The clone in which gonogo is started. */
  readonly clone: string;
  /** Where the service lies. */
  readonly root: string;

  private constructor(stack: Stack) {
    this.stack = stack;
    this.clone = stack.path('clone');
    this.root = stack.path('shop');
  }

  /** The first version serves. */
  static async open(stack: Stack): Promise<Shop> {
    const shop = new Shop(stack);
    shop.#commit();
    shop.#serveFirst();
    stack.must('nginx', ...shop.#nginx);
    await stack.until('the first version serves', () => shop.version() === 'v1.0.0');
    return shop;
  }

  /** The version that answers; empty where none does. */
  version(): string {
    const { stdout } = this.stack.run('curl', '-fsS', `${this.stack.url}/version/`);
    return /"version": "([^"]+)"/.exec(stdout)?.[1] ?? '';
  }

  schema(): string {
    return this.stack.sql('shop', "SELECT name FROM django_migrations WHERE app = 'shop' ORDER BY id DESC LIMIT 1");
  }

  rows(where = 'true'): number {
    return Number(this.stack.sql('shop', `SELECT count(*) FROM shop_order WHERE ${where}`));
  }

  checkout(version: string): void {
    this.stack.must('git', '-C', this.clone, 'checkout', '-q', version);
  }

  /** What is written into the team's copy of `runbooks/database-migration.yaml`. */
  get #migrationVars(): Readonly<Record<string, string>> {
    return {
      database: this.stack.address('shop'),
      scratch: this.stack.address('shop_rehearsal'),
      cluster: this.stack.sql('shop', 'SELECT system_identifier FROM pg_control_system()'),
      settings: this.stack.path('shop.env'),
      health: `${this.stack.url}/health/`,
      pending: `${python} manage.py migrate --plan`,
      migrate: `${python} manage.py migrate --noinput`,
      complete: `${python} manage.py migrate --check`,
      back: `${python} manage.py migrate --noinput shop`,
      // The tests hold a lock for as long as they need.
      lock_timeout: '10min',
    };
  }

  /** What is written into the team's copy of `runbooks/django-nginx-release.yaml`. */
  get #releaseVars(): Readonly<Record<string, string>> {
    return {
      host: this.stack.must('hostname').trim(),
      url: this.stack.url,
      root: this.root,
      settings: this.stack.path('shop.env'),
      python,
      workers: '2',
      nginx: ['nginx', ...this.#nginx].join(' '),
      redis: `redis-cli -p ${this.stack.ports.redis}`,
      access_log: this.stack.path('access.log'),
    };
  }

  get #nginx(): readonly string[] {
    return ['-p', this.stack.folder, '-c', this.stack.path('nginx.conf'), '-e', this.stack.path('nginx-error.log')];
  }

  /** A commit and a tag for each version; what a team would have copied from gonogo, and adapted, is in the first. */
  #commit(): void {
    const { stack, clone } = this;
    mkdirSync(`${clone}/backup`, { recursive: true });
    stack.write('clone/.gitignore', 'backup\n');
    cpSync(stack.path('gonogo/checklists/deployment-process.yaml'), `${clone}/checklists/deployment-process.yaml`);
    stack.write('clone/runbooks/database-migration.yaml', adapted(stack, 'database-migration', this.#migrationVars));
    stack.write('clone/runbooks/django-nginx-release.yaml', adapted(stack, 'django-nginx-release', this.#releaseVars));
    const git = (...words: readonly string[]): string => stack.must('git', '-C', clone, ...words);
    stack.give();
    git('init', '-q', '-b', 'main');
    git('config', 'user.email', 'ada@example.com');
    git('config', 'user.name', 'Ada');
    for (const version of ['v1', 'v2', 'v3']) {
      cpSync(fileURLToPath(new URL(`shop/${version}`, import.meta.url)), clone, { recursive: true });
      stack.give(clone);
      git('add', '-A');
      git('commit', '-qm', `The shop, ${version}`);
      git('tag', `${version}.0.0`);
    }
  }

  /** What whoever set the machine up did once. */
  #serveFirst(): void {
    const { stack, root } = this;
    for (const name of ['releases/v1.0.0', 'run', 'backup']) mkdirSync(`${root}/${name}`, { recursive: true });
    stack.write(
      'shop.env',
      [
        `DATABASE_URL=${stack.address('shop')}`,
        `REDIS_URL=redis://127.0.0.1:${stack.ports.redis}/0`,
        'SECRET_KEY=only-of-this-stack-0123456789-abcdefghijklmnopqrstuvwxyz',
        '',
      ].join('\n'),
    );
    const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `  ${kind}_temp_path ${stack.folder}/nginx-${kind};\n`,
    );
    stack.write(
      'nginx.conf',
      `pid ${stack.folder}/nginx.pid;
events {}
http {
  access_log ${stack.folder}/access.log;
${folders.join('')}  server {
    listen 127.0.0.1:${stack.ports.nginx};
    location / { proxy_pass http://unix:${root}/run/current.sock; proxy_set_header Host $http_host; }
    location /static/ { alias ${root}/current/collected/; }
  }
}
`,
    );
    stack.write(
      'first.sh',
      `set -euo pipefail
git -C '${this.clone}' archive v1.0.0 | tar -x -C '${root}/releases/v1.0.0'
ln -s releases/v1.0.0 '${root}/current'
ln -s v1.0.0.sock '${root}/run/current.sock'
set -a; . '${stack.path('shop.env')}'; set +a
cd '${root}/current/'
${python} manage.py migrate --noinput
${python} manage.py collectstatic --noinput
RELEASE=v1.0.0 ${python} -m gunicorn --daemon --workers 2 --pid '${root}/run/v1.0.0.pid' --bind 'unix:${root}/run/v1.0.0.sock' \\
  --log-file '${root}/run/v1.0.0.log' --capture-output config.wsgi:application
`,
    );
    stack.give();
    stack.must('bash', stack.path('first.sh'));
    stack.sql('shop', "INSERT INTO shop_store (region) VALUES ('eu')");
    stack.sql(
      'shop',
      `INSERT INTO shop_order (item, placed) SELECT 'item ' || n, now() FROM generate_series(1, ${rowsAtFirst}) n`,
    );
  }
}
