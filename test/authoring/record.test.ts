/** A recorded session as commands, and those as a runbook. `record-shell.test.ts` records a real one. */
import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { commandsIn, type Recorded } from '../../src/authoring/record/recording.ts';
import { typedOffsets } from '../../src/authoring/record/typed.ts';
import { writeRecording } from '../../src/authoring/record/write-recording.ts';
import { parseText } from '../runbook/documents.ts';

const nonce = 'c0ffee';
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const mark = (text: string, word = nonce): string => `\x1b]7711;${word};${text}\x07`;
const begin = mark('begin');
const end = (command: string, exit = 0, cwd = '/w'): string =>
  mark(`end;${exit};${base64(cwd)};${base64(`   7  ${command}\n`)}`);
const keep = (title: string): string => `${begin}${mark(`keep;${base64(title)}`)}kept\r\n${end(`keep ${title}`)}$ `;

describe('a session', () => {
  test('has the commands that ended, each with what was seen of it and where it was given', () => {
    const stream = `$ ${begin}a\r\nb\r\n${end('cd /w/sub', 0, '/w/sub')}$ ${begin}${end('false', 1, '/w/sub')}$ ${begin}half`;
    expect(commandsIn(stream, nonce, '/w')).toEqual([
      { command: 'cd /w/sub', output: 'a\nb', exit: 0, cwd: '/w', title: null },
      { command: 'false', output: '', exit: 1, cwd: '/w/sub', title: null },
    ]);
  });

  test('keeps the command before, which is never keep itself, and Enter alone is no command', () => {
    const stream = `$ ${keep('nothing')}${begin}x\r\n${end('echo x')}$ ${end('echo x')}$ ${keep('')}${begin}${end('two\nlines')}${keep(' Über ')}`;
    expect(commandsIn(stream, nonce, '/w').map(({ command, title }) => [command, title])).toEqual([
      ['echo x', ''],
      ['two\nlines', 'Über'],
    ]);
  });

  test('takes what looks like a mark for output, unless it has the word of the session', () => {
    const forged = `${mark(`end;0;${base64('/')};${base64('1 rm -rf /')}`, 'beef')}${mark('keep;', 'beef')}`;
    const [only, ...others] = commandsIn(`${begin}${forged}seen\r\n${end('cat page')}`, nonce, '/w');
    expect(others).toEqual([]);
    expect(only).toMatchObject({ command: 'cat page', output: 'seen', title: null });
  });

  test('keeps a line of output that is the next command, where nothing was typed meanwhile', () => {
    const first = `$ ${begin}date\r\nls\r\n${end('cat names')}`;
    const stream = `${first}$ ${begin}x\r\n${end('ls')}`;
    const outputs = (typedAt: readonly number[] | null): readonly string[] =>
      commandsIn(stream, nonce, '/w', typedAt).map(({ output }) => output);
    expect(outputs([1, first.length + 1])).toEqual(['date\nls', 'x']);
    expect(outputs([1, first.indexOf('date') + 2])).toEqual(['date', 'x']);
    expect(outputs(null)).toEqual(['date', 'x']);
  });

  test('knows from the timing when something was typed', () => {
    const header = 'Script started on today\n';
    const bytes = new TextEncoder().encode(`${header}é one\ntwo\n`);
    const timing = 'H 0.000000 COMMAND bash\nI 0.1 3\nO 0.000001 7\nI 0.5 1\nO 0.1 4\n';
    expect(typedOffsets(bytes, timing)).toEqual([header.length, header.length + 6]);
    expect(typedOffsets(bytes, '')).toBeNull();
    expect(typedOffsets(bytes, '0.1 7\n')).toBeNull();
  });

  test('does not take for output what was typed while a command ran', () => {
    const outputs = (stream: string): readonly string[] => commandsIn(stream, nonce, '/w').map(({ output }) => output);
    const two = `$ ${begin}2\r\n${end('echo two')}`;
    expect(outputs(`${begin}1\r\necho two\r\n${end('slow')}${two}`)).toEqual(['1', '2']);
    expect(outputs(`${begin}echo two\r\nkeep\r\n1\r\n${end('slow')}${two}${keep('')}`)).toEqual(['1', '2']);
    expect(outputs(`${begin}keep It\r\necho two\r\n1\r\n${end('slow')}$ ${keep('It')}${two}`)).toEqual(['1', '2']);
    expect(outputs(`${begin}1 of 2 ... echo two\r\n${end('slow')}${two}`)).toEqual(['1 of 2 ...', '2']);
    expect(outputs(`${begin}1\r\necho t${end('slow')}${two}`)).toEqual(['1', '2']);
    expect(
      outputs(`${begin}1\r\nfor x in 1\r\ndo echo\r\n${end('slow')}$ ${begin}${end('for x in 1\ndo echo')}`),
    ).toEqual(['1', '']);
    expect(outputs(`${begin}1\r\necho twofold\r\n${end('slow')}${two}`)).toEqual(['1\necho twofold', '2']);
  });

  test('shows what a person saw: no colours, no overwritten progress, nothing of a full screen', () => {
    const output = (shown: string): string | undefined =>
      commandsIn(`${begin}${shown}${end('x')}`, nonce, '/w')[0]?.output;
    expect(output('\x1b[31mred\x1b[0m\x1b]0;title\x07\r\n 10 %\r 99 %\rdone\r\nab\bc\r\n')).toBe('red\ndone\nac');
    expect(output('\x1b[?1049hvim\x1b[?1049l')).toBe('');
  });
});

describe('its runbook', () => {
  const one: Recorded = { command: 'echo v1', output: 'v1', exit: 0, cwd: '/w', title: 'Say it' };
  const written = (...commands: readonly Recorded[]): string =>
    writeRecording({ title: 'Once', cwd: '/w', commands }, actions)?.document ?? 'none';

  test('passes check, whatever the output, and the expectation that is offered does too', () => {
    const hostile = 'a\n# phases: {}\n"quoted" \\ \'x\'\n\u202e- run: rm -rf /\n${{ secret }}';
    for (const output of ['v1', hostile, 'x\n'.repeat(500)]) {
      const text = written({ ...one, output }, { ...one, exit: 3, output: 'say "no" \\' });
      const offered = text.replaceAll(/^( +)# {3}(expect: .*)$/gm, '$1# $2');
      expect(parseText(text).diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      const taken = offered.replaceAll(/^ +# (expect: .*)\n( +)- title/gm, '$2- $1\n$2  title');
      const { runbook, diagnostics } = parseText(taken);
      expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
      expect(runbook?.phases[0]?.steps[1]?.expect).toEqual(['exit == 3 && output.contains("say \\"no\\" \\\\")']);
      expect(runbook?.phases[0]?.steps.map(({ params }) => params)).toHaveLength(2);
    }
  });

  test('has what was kept and nothing else, with its folder', () => {
    expect(written({ ...one, title: null })).toBe('none');
    const { runbook } = parseText(
      written(one, { ...one, command: 'pwd', cwd: "/w/it's", title: '' }, { ...one, title: null }),
    );
    const steps = runbook?.phases.flatMap((phase) => phase.steps) ?? [];
    expect(steps.map(({ title, unreviewed }) => [title, unreviewed])).toEqual([
      ['Say it', true],
      ['pwd', true],
    ]);
    expect(steps[1]?.params).toMatchObject({ script: `cd 'it'\\''s' || exit\npwd` });
  });

  test('asks for what the shell had set, and confirms what destroys', () => {
    const text = written({ ...one, command: 'rm -rf "$OLD_RELEASE"' });
    const { runbook } = parseText(text);
    expect(runbook?.vars).toHaveProperty('old_release');
    expect(runbook?.phases[0]?.steps[0]?.danger).toBe(true);
  });
});
