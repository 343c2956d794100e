/** The service of `notes/`: FastAPI under uvicorn, its schema migrated by Alembic. */
import type { ChildProcess } from 'node:child_process';
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { adapted } from './adapt.ts';
import { python } from './programs.ts';
import type { Stack } from './stack.ts';

export class Notes {
  readonly stack: Stack;
  /** The folder of the service, in which gonogo is started. */
  readonly folder: string;
  #server: ChildProcess | null = null;

  constructor(stack: Stack) {
    this.stack = stack;
    this.folder = stack.path('notes');
  }

  get url(): string {
    return `http://127.0.0.1:${this.stack.ports.service}`;
  }

  /** The first version serves, with some notes. */
  async open(): Promise<void> {
    const { stack } = this;
    this.lay('v1');
    const settings = stack.write('notes.env', `DATABASE_URL=${stack.address('notes')}\n`);
    stack.write('notes/backup/.keep', '');
    cpSync(stack.path('gonogo/checklists'), stack.path('notes/checklists'), { recursive: true });
    const alembic = `${python} -m alembic`;
    const vars = {
      database: stack.address('notes'),
      scratch: stack.address('notes_rehearsal'),
      cluster: stack.sql('notes', 'SELECT system_identifier FROM pg_control_system()'),
      health: `${this.url}/health`,
      settings,
      pending: `${alembic} history -r current:head`,
      migrate: `${alembic} upgrade head`,
      complete: `${alembic} current | grep '(head)'`,
      back: `${alembic} downgrade`,
      schema: 'SELECT version_num FROM alembic_version',
      rows: 'SELECT count(*) FROM note',
    };
    stack.write('notes/runbooks/database-migration.yaml', adapted(stack, 'database-migration', vars));
    stack.must('sh', '-c', `cd ${this.folder} && . ${settings} && export DATABASE_URL && ${alembic} upgrade head`);
    stack.sql('notes', "INSERT INTO note (text) SELECT 'note ' || n FROM generate_series(1, 500) n");
    const serve = `. ${settings}; export DATABASE_URL; exec ${python} -m uvicorn --port ${stack.ports.service} notes:app`;
    this.#server = stack.spawn('sh', ['-c', serve], this.folder);
    await stack.until('the notes are served', () => stack.run('curl', '-fsS', `${this.url}/health`).code === 0);
  }

  /** Puts the files of a version over those that are there. */
  lay(version: string): void {
    cpSync(fileURLToPath(new URL(`notes/${version}`, import.meta.url)), this.folder, { recursive: true });
    this.stack.give(this.folder);
  }

  close(): void {
    this.#server?.kill('SIGTERM');
  }
}
