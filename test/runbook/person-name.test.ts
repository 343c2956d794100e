/** When two names are one person's. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { visible, visibleLine } from '../../src/diagnostics/sanitise.ts';
import { differentPeople, isName, isSameName } from '../../src/runbook/person-name.ts';

describe('the name of a person', () => {
  test('is that of another where nobody could take them for one', () => {
    for (const [one, other] of [
      ['ada', 'bob'],
      ['ada@example.com', 'ada@example.org'],
      ['ann', 'anna'],
      ['राम', 'रमा'],
      ['Ada <ada@example.com>', 'Eve <eve@example.com>'],
      ['李娜', '李那'],
      ['user2', 'user3'],
    ] as const) {
      expect(isSameName(one, other), `${one} ${other}`).toBe(false);
    }
    expect(differentPeople(['alice', 'ALICE', 'bob', 'b.o.b', 'cy'])).toEqual(['alice', 'bob', 'cy']);
  });

  test('is one however it is printed, twice or hidden in it what does not show', async () => {
    const names = fc.string({ unit: 'binary', maxLength: 12 });
    const hidden = fc.constantFrom('\u200b', '\ufe0f', '\u3164', '\u0301', '\u{e0061}', '\u2066', '.', ' ');
    const holds = fc.property(names, hidden, fc.nat(12), (name, mark, at) => {
      expect(isSameName(name, visible(name))).toBe(true);
      expect(isSameName(name, visibleLine(name))).toBe(true);
      const placed = [...name].toSpliced(at, 0, mark).join('');
      if (!/[<>@]/.test(name)) expect(isSameName(name, placed)).toBe(true);
      expect(isName(placed)).toBe(isName(name));
    });
    await fc.assert(holds, { numRuns: 2000 });
  });

  test('has a letter or a digit', () => {
    expect(['ada', '7', '李', 'é'].filter((name) => !isName(name))).toEqual([]);
    expect(['', '.', '\u3164', '\u2800', '<U+3164>', '@', '\u0301', '🙂'].filter(isName)).toEqual([]);
  });
});
