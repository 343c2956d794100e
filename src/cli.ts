/**
 * argv → command → exit code. The only place that ends the process.
 *
 * Invariants: wrong usage is one message and exit 2; what cannot be printed is an error, but for a reader that went away; a command's
 * module is loaded only when it is called, so `--version`, `check` and headless runs load no screen.
 */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { version } from './app/version.ts';
import { placeIn } from './commands/at-place.ts';
import { type Io, UsageError } from './commands/command.ts';
import { addDocumentVerbs, type Narrowing, narrowing } from './commands/document-verbs.ts';
import { addIncidentVerbs, type Sending, sending } from './commands/incident-verbs.ts';
import { prefersLines } from './commands/prefers-lines.ts';
import { visible } from './diagnostics/sanitise.ts';
import { exitCodes } from './engine/exit-code.ts';
import { nearest } from './runbook/nearest.ts';
import { showFirstFrame } from './tui/first-frame.ts';

const io: Io = {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  terminal: process.stdin.isTTY === true && process.stdout.isTTY === true,
  width: process.stdout.isTTY === true && process.stdout.columns > 0 ? process.stdout.columns : undefined,
  env: process.env,
};

let code: number = exitCodes.done;

/** Why standard output took no more; null while it does, and after its reader went away. */
let unprinted: Error | null = null;

/**
 * Wraps a command's work: its exit code is the process's. Options may stand before the verb or after it; the last argument but
 * one that commander passes are only those after it, so they are read anew from the command.
 */
function act<A extends unknown[]>(work: (...args: A) => Promise<number>): (...args: [...A, Command]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1);
    const own = args.slice(0, -1);
    if (command instanceof Command) own[own.length - 1] = command.optsWithGlobals();
    code = await Reflect.apply(work, undefined, own);
  };
}

const statePlace = 'state folder or postgres://… (else GONOGO_STATE, config.yaml, ./state)';

const driving = (command: Command): Command =>
  command
    .option('--headless', 'nobody answers: the document and --answers decide')
    .option('--plain', 'append-only lines and ordinary prompts instead of a screen')
    .addOption(
      new Option('--inline', 'a few rows below what is over, which stays as a transcript').conflicts([
        'plain',
        'headless',
      ]),
    )
    .option('--answers <file>', 'YAML file with answers; - is standard input')
    .option('--operator <name>', 'who is at the keyboard')
    .option('--allowed-signers <file>', 'whose keys count where approvals are signed')
    .option('--state <place>', statePlace)
    .option('--store-wait <duration>', 'how long a database that is away is waited for when no command runs (60s)');
const reading = (command: Command): Command =>
  command.option('--json', 'one JSON document on stdout').option('--state <place>', 'state folder or postgres://…');

const changing = (command: Command): Command =>
  driving(command).option('--alongside <reason>', 'go on although another run holds the target; both record it');

function unknownVerb(program: Command, verb: string): UsageError {
  if (verb.startsWith('-')) return new UsageError(`there is no option "${verb}"; gonogo --help shows all`);
  const names = program.commands.map((command) => command.name());
  const near = nearest(verb, names);
  const hint = near === null ? `the commands are: ${names.join(', ')}` : `did you mean ${near}?`;
  return new UsageError(`there is no command "${verb}"; ${hint}`);
}

/** `help`, `help VERB`: as `--help` there. */
function help(program: Command, verb: string | undefined): number {
  const about = verb === undefined ? program : program.commands.find((command) => command.name() === verb);
  if (about === undefined) throw unknownVerb(program, verb ?? '');
  io.stdout(about.helpInformation());
  return 0;
}

function build(): Command {
  const program = new Command('gonogo')
    .description('Runbooks that prove what happened.')
    .version(version, '--version', 'print the version')
    .option('--state <place>', statePlace)
    .showHelpAfterError('hint: gonogo --help')
    .argument('[verb]')
    .argument('[words...]')
    .usage('[options] [command]')
    .addHelpText(
      'after',
      '\nOn another machine, where gonogo is installed: gonogo --at ssh://[USER@]HOST[:PORT][/STATE] COMMAND',
    )
    // Its complaints quote words of the command line, which may be anybody's.
    .configureOutput({ writeOut: (text) => io.stdout(visible(text)), writeErr: (text) => io.stderr(visible(text)) })
    // What follows a word that is no command belongs to it: the word is what is told.
    .allowUnknownOption()
    .exitOverride()
    .action(
      act(async (verb: string | undefined, words: string[], options: { state?: string }) => {
        if (verb === 'help') return help(program, words[0]);
        if (verb !== undefined) throw unknownVerb(program, verb);
        return (await import('./commands/home.ts')).home(options, io);
      }),
    );
  addRuns(program);
  addReading(program);
  addDocumentVerbs(program, { act, io });
  for (const command of program.commands) command.exitOverride().showHelpAfterError('hint: gonogo --help');
  return program;
}

interface Driving {
  alongside?: string;
  headless?: boolean;
  plain?: boolean;
  inline?: boolean;
  answers?: string;
  operator?: string;
  allowedSigners?: string;
  state?: string;
  storeWait?: string;
}

interface Auditing {
  repo?: string;
  against?: string;
  explain?: boolean;
  json?: boolean;
}

function addRuns(program: Command): void {
  narrowing(changing(program.command('run <file>').description('start a run')))
    .option('--repo <dir>', 'folder that commands run in')
    .action(
      act(async (file: string, options: Driving & Narrowing & { repo?: string }) => {
        const { run } = await import('./commands/run.ts');
        return run(file, { ...options, vars: options.var, varsFile: options.vars }, io);
      }),
    );
  changing(program.command('resume [run]').description('go on with a run, also in mid-rollback'))
    .option('--adopt <reason>', 'take changed documents for the steps that have not passed')
    .option('--take-over <reason>', 'drive it instead of whoever drives it on another machine')
    .action(
      act(async (run: string | undefined, options: Driving & { adopt?: string; takeOver?: string }) =>
        (await import('./commands/resume.ts')).resume(run ?? 'latest', options, io),
      ),
    );
  changing(program.command('rollback [run]').description('start or go on with the rollback'))
    .option('--reason <text>', 'why')
    .option('--over <run>', 'the newest run on the target, over which this one is rolled back')
    .option('--take-over <reason>', 'drive it instead of whoever drives it on another machine')
    .action(
      act(async (run: string | undefined, options: Driving & { reason?: string; over?: string; takeOver?: string }) =>
        (await import('./commands/rollback.ts')).rollback(run ?? 'latest', options, io),
      ),
    );
  driving(program.command('audit <checklist>').description('score a folder by a checklist; exit 0 go, 1 no-go'))
    .option('--repo <dir>', 'folder to look at, else the present one')
    .option('--only <category...>', 'ask only these categories')
    .option('--against <run>', 'earlier run to compare with')
    .option('--explain', 'show the arithmetic and the earlier scores')
    .option('--json', 'one JSON document on stdout; nobody is asked')
    .action(
      act(async (file: string, options: Driving & Auditing) =>
        (await import('./commands/audit.ts')).audit(file, options, io),
      ),
    );
  driving(program.command('demo').description('release a small real service on this machine'))
    .option('--break', 'release the version whose health check fails')
    .action(
      act(async (options: Driving & { break?: boolean }) => (await import('./commands/demo.ts')).demo(options, io)),
    );
}

interface Reading {
  json?: boolean;
  state?: string;
}

interface Listing extends Reading {
  mine?: boolean;
  operator?: string;
  waiting?: boolean;
  target?: string;
  since?: string;
  limit?: string;
  after?: string;
}

interface Following {
  follow?: boolean;
  host?: string;
  failed?: boolean;
  state?: string;
}

function addReading(program: Command): void {
  reading(program.command('list').description('the runs, newest first'))
    .option('--mine', 'only those that you drive')
    .option('--operator <name>', 'who you are, for --mine')
    .option('--waiting', 'only those that wait for somebody')
    .option('--target <name>', 'only those on this target')
    .option('--since <time>', 'only those that began then or later: 2d, 2026-11-21')
    .option('--limit <n>', 'so many at most')
    .option('--after <run>', 'only what comes after this one: the next page')
    .action(act(async (options: Listing) => (await import('./commands/list.ts')).list(options, io)));
  reading(program.command('show <run>').description('one run')).action(
    act(async (run: string, options: Reading) => (await import('./commands/show.ts')).show(run, options, io)),
  );
  const watching = reading(program.command('watch <run>').description('follow a run, read-only'));
  watching
    .option('--plain', 'lines instead of the screen')
    .option('--operator <name>', 'under which name others see you watch')
    .action(
      act(async (run: string, options: Reading & { plain?: boolean; operator?: string }) =>
        (await import('./commands/watch.ts')).watch(run, options, io),
      ),
    );
  program
    .command('logs <run> [step]')
    .description('what the steps printed')
    .option('--follow', 'also what comes, until the run has ended')
    .option('--failed', 'only steps that failed')
    .option('--host <name>', 'only what happened on this host')
    .option('--state <place>', 'state folder or postgres://…')
    .action(
      act(async (run: string, step: string | undefined, options: Following) =>
        (await import('./commands/logs.ts')).logs(run, step, options, io),
      ),
    );
  reading(program.command('head <run>').description('one line that commits to the journal')).action(
    act(async (run: string, options: Reading) => (await import('./commands/head.ts')).head(run, options, io)),
  );
  addReports(program);
  addSending(program);
  addDeciding(program);
  addStore(program);
  addMoving(program);
  addPruning(program);
}

interface Reporting {
  out?: string;
  format?: string;
  sign?: string;
  bundle?: string;
  state?: string;
}

interface Verifying extends Reading {
  allowedSigners?: string;
  at?: string;
  head?: string;
}

function addReports(program: Command): void {
  program
    .command('report <run>')
    .description('write and sign the report')
    .option('--out <dir>', 'folder to write to')
    .option('--format <list>', 'md,html,json; comment: one for a forge')
    .option('--sign <key>', 'SSH key file, or SHA256:… of a key in ssh-agent; again: countersigns')
    .option('--bundle <file>', 'archive with the report and its evidence, to verify elsewhere')
    .option('--state <place>', 'state folder or postgres://…')
    .action(
      act(async (run: string, options: Reporting) => (await import('./commands/report.ts')).report(run, options, io)),
    );
  reading(program.command('verify <path-or-run>').description('check a run, a report folder or a bundle'))
    .option('--allowed-signers <file>', 'whom to trust (else GONOGO_ALLOWED_SIGNERS, else as git)')
    .option('--head <line>', 'the journal must be the one of this line, or extend it')
    .option('--at <time>', 'judge keys as of this time (ISO 8601, UTC) instead of now')
    .action(
      act(async (name: string, options: Verifying) =>
        (await import('./commands/verify-apart.ts')).verifyApart(name, options, io),
      ),
    );
  program
    .command('key <verb>')
    .description('create: a signing key for who has none; show: the line by which others trust it')
    .option('--operator <name>', 'the name that others know you by')
    .action(
      act(async (verb: string, options: { operator?: string }) =>
        (await import('./commands/key.ts')).key(verb, options, io),
      ),
    );
}

interface Approving extends Sending {
  key?: string;
  signature?: string;
  print?: boolean;
  allowedSigners?: string;
}

function addSending(program: Command): void {
  addIncidentVerbs(program, { act, io });
  sending(
    program.command('approve <run> <step>').description('approve a gate, claimed or signed with a key, or refuse it'),
  )
    .option('--key <key>', 'SSH key file, or SHA256:… of a key in ssh-agent')
    .option('--signature <file>', 'signature that was made elsewhere over what --print prints')
    .option('--print', 'print what to sign')
    .option('--refuse <reason>', 'refuse it instead')
    .option('--emergency <reason>', 'let the run past it without approval, which is owed from then on')
    .option('--allowed-signers <file>', 'whose keys count, when nobody drives the run')
    .action(
      act(async (run: string, step: string, options: Approving) =>
        (await import('./commands/approve.ts')).approve(run, step, options, io),
      ),
    );
  sending(program.command('attach <run> <step> <file>').description('give a file as evidence of a step'))
    .option('--note <text>', 'what it shows')
    .action(
      act(async (run: string, step: string, file: string, options: Sending & { note?: string }) =>
        (await import('./commands/attach.ts')).attach(run, step, file, options, io),
      ),
    );
  sending(program.command('release <run>').description('let the target of a run go before the run ends'))
    .requiredOption('--reason <text>', 'why')
    .action(
      act(async (run: string, options: Sending & { reason: string }) =>
        (await import('./commands/send.ts')).release(run, options, io),
      ),
    );
}

interface Deciding extends Sending {
  reason: string;
}

function addStore(program: Command): void {
  program
    .command('store <verb>')
    .description('init, check, migrate: the tables of runs that are shared in a database')
    .option('--role <name>', 'role that may drive and read runs, and neither change nor remove a record')
    .option('--max-evidence <bytes>', 'longer evidence stays on the machine that made it (256M)')
    .option('--state <place>', 'postgres://USER@HOST/DATABASE')
    .action(
      act(async (verb: string, options: { role?: string; maxEvidence?: string; state?: string }) =>
        (await import('./commands/store.ts')).store(verb, options, io),
      ),
    );
}

function addMoving(program: Command): void {
  program
    .command('export-run <run>')
    .description('write a run with its documents and evidence to one file')
    .requiredOption('--out <file>', 'file to write; gzipped where it ends in gz')
    .option('--state <place>', 'state folder or postgres://…')
    .action(
      act(async (run: string, options: { out: string; state?: string }) =>
        (await import('./commands/move-run.ts')).exportOne(run, options, io),
      ),
    );
  program
    .command('import-run <file>')
    .description('put an exported run, once it is verified, among those of another store')
    .option('--state <place>', 'state folder or postgres://…')
    .action(
      act(async (file: string, options: { state?: string }) =>
        (await import('./commands/move-run.ts')).importOne(file, options, io),
      ),
    );
}

function addPruning(program: Command): void {
  program
    .command('prune')
    .description('archive old runs and remove them; what nothing else speaks of can go')
    .requiredOption('--older <age>', 'only runs whose last record is older: 90d, 26w, 2y')
    .option('--keep-signed', 'runs whose report or approvals are signed stay')
    .option('--archive <dir>', 'folder for the archives, else pruned in the state folder')
    .option('--yes', 'ask nobody')
    .option('--state <place>', 'state folder or postgres://…')
    .action(
      act(async (options: { older: string; keepSigned?: boolean; archive?: string; yes?: boolean; state?: string }) =>
        (await import('./commands/prune.ts')).prune(options, io),
      ),
    );
}

/** What somebody decides about a run from another terminal. */
function addDeciding(program: Command): void {
  const deciding = (command: Command): Command =>
    command
      .requiredOption('--reason <text>', 'why')
      .option('--operator <name>', 'who says so')
      .option('--state <place>', 'state folder or postgres://…');
  deciding(
    program
      .command('redo <run> <step>')
      .description('do a step that is done once more; then the run goes on where it was'),
  ).action(
    act(async (run: string, step: string, options: Deciding) =>
      (await import('./commands/decide.ts')).redo(run, step, options, io),
    ),
  );
  deciding(program.command('set <run> <name=value>').description('correct the value of a variable')).action(
    act(async (run: string, assignment: string, options: Deciding) =>
      (await import('./commands/decide.ts')).set(run, assignment, options, io),
    ),
  );
}

/** Tells what went wrong; the exit code of it. Loaded only then: most commands need none of what can fail. */
async function tell(error: unknown): Promise<number> {
  return (await import('./commands/failure.ts')).report(io, error);
}

/** Where a screen opens, something stands on it before the most is loaded. */
function drawFirst(): void {
  if (!io.terminal || prefersLines(io.env)) return;
  showFirstFrame(process.argv.slice(2), {
    stdout: process.stdout,
    stderr: process.stderr,
    env: io.env,
    on: (event, listener) => process.on(event, listener),
    off: (event, listener) => process.off(event, listener),
    end: (signal) => process.kill(process.pid, signal),
  });
}

async function main(): Promise<void> {
  try {
    const there = placeIn(process.argv.slice(2));
    if (there === null) {
      drawFirst();
      await build().parseAsync(process.argv);
    }
    if (there !== null) code = await (await import('./commands/at.ts')).at(there.place, there.words, build(), io);
  } catch (error) {
    if (error instanceof CommanderError || error instanceof InvalidArgumentError) {
      const told = error.code === 'commander.helpDisplayed' || error.code === 'commander.version';
      code = told ? exitCodes.done : exitCodes.badInput;
    } else {
      code = await tell(error);
    }
  }
  // Whatever was printed is out before the process ends; a reader that went away is no reason to wait.
  await flushed(process.stdout);
  if (unprinted !== null) {
    io.stderr(`gonogo: standard output cannot be written: ${visible(unprinted.message)}\n`);
    if (code === exitCodes.done) code = exitCodes.badInput;
  }
  await flushed(process.stderr);
  process.exit(code);
}

function flushed(stream: NodeJS.WriteStream): Promise<unknown> {
  return new Promise((done) => stream.write('', done));
}

// What nobody waits for can fail too: it is told like any other fault, and the terminal is put back on the way out.
process.once('uncaughtException', (error) => tell(error).then((ended) => process.exit(ended)));
// A reader that goes away (`| head`) ends nothing: a run goes on, and says so in its journal. A disk that is full loses what was asked for.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') unprinted ??= error;
});
process.stderr.on('error', () => {});
await main();
