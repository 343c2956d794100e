/**
 * The verbs that are about documents: checked, begun, shown, put in order, rehearsed.
 *
 * Invariant: a verb's module is loaded only when it is called.
 */
import type { Command } from 'commander';
import type { Io } from './command.ts';

/** What a verb's work is done with. */
export interface Verbs {
  /** Wraps a verb's work: its exit code is the process's. */
  readonly act: <A extends unknown[]>(
    work: (...args: A) => Promise<number>,
  ) => (...args: [...A, Command]) => Promise<void>;
  readonly io: Io;
}

/** Options that give values to variables. */
interface Values {
  var: string[];
  vars?: string;
}

export interface Narrowing extends Values {
  from?: string;
  only?: string;
  reason?: string;
  skip: string[];
}

/** An option that may be given several times. */
export const collect = (value: string, before: string[]): string[] => [...before, value];

/** What a run starts with, and without. */
export function narrowing(command: Command): Command {
  return command
    .option('--var <name=value>', 'set a variable', collect, [])
    .option('--vars <file>', 'variables: YAML, JSON or NAME=value lines; - is standard input')
    .option('--from <step>', 'begin at this step of a phase and skip what is before it; gates are never skipped')
    .option('--only <phase>', 'run this phase and skip the others')
    .option('--reason <text>', 'why, for --from and --only')
    .option('--skip <step=reason>', 'leave a step out', collect, []);
}

/** Adds them to `program`. */
export function addDocumentVerbs(program: Command, verbs: Verbs): void {
  addAuthoring(program, verbs);
  addWriting(program, verbs);
  addRehearsing(program, verbs);
}

interface Checking {
  json?: boolean;
  root?: string;
  format?: string;
  explain?: string;
}

function addAuthoring(program: Command, { act, io }: Verbs): void {
  program
    .command('check [files...]')
    .description('report every problem of documents')
    .option('--json', 'diagnostics as JSON')
    .option('--format <name>', 'text, json, github or sarif')
    .option('--explain <rule>', 'what a rule finds, and how to put it right')
    .option('--root <dir>', 'read no included document outside it (default: the repository)')
    .action(act(async (files: string[], options: Checking) => (await import('./check.ts')).check(files, options, io)));
  program
    .command('hosts <file> [run]')
    .description(
      'whether a run could go to each host of a document or a list; hosts clean [RUN] takes away what runs left there',
    )
    .option('--json', 'what was found as JSON')
    .option('--needs <program>', 'a program that every host must have', collect, [])
    .option('--there <dir>', 'folder for runs on the hosts, absolute or /~/…, instead of ~/.local/state/gonogo')
    .option('--state <dir>', 'state folder, whose runs are cleaned')
    .action(
      act(
        async (
          file: string,
          run: string | undefined,
          options: { json?: boolean; needs: string[]; there?: string; state?: string },
        ) => (await import('./hosts.ts')).hosts(file, run, options, io),
      ),
    );
  program
    .command('import <pages...>')
    .description('make a runbook or a checklist of a Markdown page')
    .option('--as <kind>', 'runbook or checklist, else what fits the page')
    .option('--out <file>', 'file to write, or a folder for several pages')
    .action(
      act(async (pages: string[], options: { as?: string; out?: string }) =>
        (await import('./import.ts')).importFiles(pages, options, io),
      ),
    );
  program
    .command('record')
    .description('a shell whose commands become a runbook: keep [TITLE] makes a step of the command before')
    .requiredOption('--out <file>', 'runbook to write')
    .action(act(async (options: { out: string }) => (await import('./record.ts')).record(options.out, io)));
}

/** What documents are begun, shown and put in order with. */
function addWriting(program: Command, { act, io }: Verbs): void {
  program
    .command('init [folder]')
    .description('begin a repository: runbooks/, checklists/, state/, an example; nothing is overwritten')
    .option('--kind <name>', 'web-service, container, database, package, incident or empty')
    .action(
      act(async (folder: string | undefined, options: { kind?: string }) =>
        (await import('./init.ts')).init(folder ?? '.', options, io),
      ),
    );
  program
    .command('completion <shell>')
    .description('completion for bash, zsh or fish, to be sourced')
    .action(act(async (shell: string) => (await import('./completion.ts')).completion(shell, program, io)));
  program
    .command('export <file>')
    .description('a document as documentation: Markdown, from which import gives it back')
    .option('--html', 'one page to print, with boxes to tick by hand')
    .action(
      act(async (file: string, options: { html?: boolean }) =>
        (await import('./export.ts')).exportFile(file, options, io),
      ),
    );
  program
    .command('fmt <files...>')
    .description('format documents in place; - reads standard input')
    .option('--check', 'write nothing; exit 1 when a file is not formatted')
    .action(
      act(async (files: string[], options: { check?: boolean }) => (await import('./fmt.ts')).fmt(files, options, io)),
    );
  narrowing(program.command('plan <file>').description('what would run, with its undo, and what is known of it before'))
    .option('--json', 'the plan as JSON')
    .option('--graph', 'the plan as a Mermaid diagram')
    .option('--state <dir>', 'state folder, whose earlier runs tell how long it takes')
    .action(
      act(async (file: string, options: { json?: boolean; graph?: boolean; state?: string } & Narrowing) =>
        (await import('./plan.ts')).plan(file, { ...options, vars: options.var, varsFile: options.vars }, io),
      ),
    );
  program
    .command('lsp')
    .description('language server for editors, over standard input and output')
    .option('--stdio', 'what editors say; it is the only way there is')
    .action(act(async () => (await import('./lsp.ts')).lsp(io)));
  program
    .command('schema <kind>')
    .description('JSON Schema of runbook, checklist or drill documents')
    .action(act(async (kind: string) => (await import('./schema.ts')).schema(kind, io)));
}

interface Drilling {
  json?: boolean;
  var: string[];
  sign?: string;
  state?: string;
}

function addRehearsing(program: Command, { act, io }: Verbs): void {
  program
    .command('drill <files...>')
    .description('let runbooks fail at every point in a simulated world; exit 1 where one has no way back')
    .option('--json', 'the coverage as JSON')
    .option('--var <name=value>', 'set a variable', collect, [])
    .option('--sign <key>', 'sign the record: SSH key file, or SHA256:… of a key in ssh-agent')
    .option('--state <dir>', 'state folder, which keeps the record')
    .action(
      act(async (files: string[], options: Drilling) =>
        (await import('./drill.ts')).drillFiles(files, { ...options, vars: options.var }, io),
      ),
    );
}
