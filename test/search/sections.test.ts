/** What stands under a heading, and whether somebody could act on it. */
import { describe, expect, test } from 'vitest';
import { perform, workFolder } from '../actions/bench.ts';

async function lines(text: string, holds?: readonly string[], name = 'README.md'): Promise<unknown> {
  const look = { under: '(?i)roll.?back', of: 'documents', ...(holds === undefined ? {} : { holds }) };
  const read = await perform('grep', look, { cwd: workFolder({ [name]: text }) });
  return read.fields['matches'];
}

describe('under a heading', () => {
  test('its section counts, with deeper ones, up to the next of its level', async () => {
    const text = '# A\nno\n## Rollback\none\n### More\ntwo\n## B\nno\n';
    expect(await lines(text)).toEqual(['README.md:4:one', 'README.md:6:two']);
  });

  test('underlined headings count, and a comment in a code block is none', async () => {
    const text = 'Rollback\n========\n\n```sh\n# Other\nundo it\n```\n\nNext\n====\nno\n';
    expect(await lines(text, ['commands'])).toEqual(['README.md:6:undo it']);
    expect(await lines('Rollback\n--------\n\n- Go back to one\n', ['steps'], 'a.rst')).toEqual([
      'a.rst:4:- Go back to one',
    ]);
  });

  test('what stands under headings that are left out does not count, nor what stands below them', async () => {
    const text = '# Deploy\n`make a`\n## Local\n`make b`\n### More\n`make c`\n## Servers\n`make d`\n';
    const matches = async (look: object): Promise<unknown> =>
      (await perform('grep', { of: 'documents', pattern: 'make', ...look }, { cwd: workFolder({ 'a.md': text }) }))
        .fields['matches'];
    const both = ['a.md:2:`make a`', 'a.md:8:`make d`'];
    expect(await matches({ not_under: '(?i)local' })).toEqual(both);
    expect(await matches({ under: 'Deploy', not_under: '(?i)local' })).toEqual(both);
    expect(await matches({ under: 'Servers', not_under: '(?i)local' })).toEqual(both.slice(1));
  });

  test.each([
    ['a heading alone', '## Rollback\n', []],
    ['prose', '## Rollback\nWe can always roll back safely.\n', []],
    ['a code block', '## Rollback\n```sh\nheroku rollback v1\n```\n', ['README.md:3:heroku rollback v1']],
    ['code in a line', '## Rollback\nRun `make undo now`.\n', ['README.md:2:Run `make undo now`.']],
    ['one word of code', '## Rollback\nSee `main`.\n', []],
    ['steps', '## Rollback\n1. Stop the queue workers\n', ['README.md:2:1. Stop the queue workers']],
    ['the word elsewhere', 'rollback: `heroku rollback v1`\n', []],
  ])('%s', async (_, text, found) => {
    expect(await lines(text, ['commands', 'steps'])).toEqual(found);
  });

  test.each([
    ['Tell ada@example.org', true],
    ['Tell #releases', true],
    ['Owner: Ada Lovelace', true],
    ['Somebody will be told.', false],
  ])('names: %j is %s', async (line, isName) => {
    expect(await lines(`## Rollback\n${line}\n`, ['names'])).toHaveLength(isName ? 1 : 0);
  });
});
