/**
 * A stand-in of a real tool, started in its place: `stand-in.ts TOOL ARGUMENTS…`. `STAND_IN` is the folder of its world.
 *
 * Each call is a line of `calls.jsonl`. Where `fail.json` names its number, the call fails once: before it did anything, or after.
 */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aws } from './tools/aws.ts';
import { docker } from './tools/docker.ts';
import { heroku } from './tools/heroku.ts';
import { host } from './tools/host.ts';
import { parse, Refused, type Said, type Tool } from './tools/tool.ts';
import type { World } from './tools/world.ts';

const tools: Readonly<Record<string, Tool<World>>> = { heroku, docker, aws, ...host };

const { STAND_IN: folder = '' } = process.env;
const [name = '', ...argv] = process.argv.slice(2);

/** The number of this call, from 1, and what is told to fail. */
function count(): { readonly call: number; readonly fails: 'before' | 'after' | null } {
  const path = join(folder, 'calls.jsonl');
  appendFileSync(path, `${JSON.stringify([name, ...argv])}\n`);
  const call = readFileSync(path, 'utf8').split('\n').length - 1;
  const told = join(folder, 'fail.json');
  if (!existsSync(told)) return { call, fails: null };
  const fail: { readonly call: number; readonly when: 'before' | 'after' } = JSON.parse(readFileSync(told, 'utf8'));
  return { call, fails: fail.call === call ? fail.when : null };
}

function perform(): Said {
  const { fails } = count();
  const failing: Said = { stderr: `${name}: made to fail\n`, exit: 1 };
  if (fails === 'before') return failing;
  const path = join(folder, 'world.json');
  const world: World = JSON.parse(readFileSync(path, 'utf8'));
  const before = JSON.stringify(world);
  const tool = tools[name];
  if (tool === undefined) throw new Refused(`there is no tool ${name}`);
  const called = parse(tool, argv);
  const behaviour = tool.commands[called.command];
  if (behaviour === undefined) throw new Refused(`${called.command} is in the table and does nothing`);
  const said = behaviour(world, called);
  const after = JSON.stringify(world);
  if (after !== before) {
    writeFileSync(`${path}.new`, after);
    renameSync(`${path}.new`, path);
    appendFileSync(
      join(folder, 'changes.txt'),
      `${readFileSync(join(folder, 'calls.jsonl'), 'utf8').split('\n').length - 1}\n`,
    );
  }
  return fails === 'after' ? failing : said;
}

try {
  const { stdout = '', stderr = '', exit = 0 } = perform();
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = exit;
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  process.stderr.write(`${name}: ${error.message}\n`);
  process.exitCode = 64;
}
