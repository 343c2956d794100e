/** Every dialog at every size: the frame is whole, each choice can be seen and filled in, and all of the text can be read. */
import { expect, test } from 'vitest';
import { cellWidth } from '../../src/tui/present/cells.ts';
import { frame } from '../../src/tui/present/frame.ts';
import { textOf } from '../../src/tui/present/panel.ts';
import { topOverlay } from '../../src/tui/ui.ts';
import { Asked, questions, rarer } from './asked.ts';
import { Hands } from './hands.ts';
import { MemoryHome } from './rehearsal.ts';
import { promoting } from './scene.ts';

const sizes = [
  [40, 12, false],
  [60, 16, false],
  [80, 24, false],
  [120, 40, false],
  [80, 10, true],
] as const;

function drawn(hands: Hands, what: string): readonly string[] {
  const view = hands.controller.view();
  const { above, menu, below } = frame(view);
  expect(above.length + (menu?.rows ?? 0) + below.length, what).toBe(view.ui.rows);
  for (const row of [...above, ...below]) expect(cellWidth(row), what).toBe(view.ui.columns);
  return [...above, ...below];
}

function dialogOn(hands: Hands, what: string) {
  const top = topOverlay(hands.controller.view().ui);
  if (top?.kind !== 'dialog') throw new Error(`${what}: no dialog is open`);
  return top;
}

test.each([...questions, ...rarer].map((question, index) => [question.kind, index, question] as const))(
  '%s (%i)',
  async (_, index, question) => {
    const from = (await promoting()).state();
    for (const [columns, rows, inline] of sizes) {
      const what = `${question.kind} ${index} at ${columns}x${rows}`;
      const hands = new Hands(new Asked(question, from), new MemoryHome(), columns, rows, null, inline);
      drawn(hands, what);
      const { dialog } = dialogOn(hands, what);
      // All of the text, by scrolling it, or by reading it over the whole screen.
      const text = textOf(hands.controller.view(), dialogOn(hands, what)).map((row) => row.trim());
      const seen = new Set<string>();
      hands.press('ctrl-r');
      for (let page = 0; page < 40; page += 1) {
        for (const row of drawn(hands, what)) for (const word of row.split(/\s+/)) seen.add(word);
        hands.press('pgdn');
      }
      expect(
        text.flatMap((row) => row.split(/\s+/)).filter((word) => word !== '' && !seen.has(word)),
        what,
      ).toEqual([]);
      hands.press('esc');
      for (const [choice, { fields, label }] of dialog.choices.entries()) {
        if (dialog.choices.length > 1 && dialogOn(hands, what).draft.choice !== null) hands.press('esc');
        hands.controller.highlight(choice);
        if (dialogOn(hands, what).draft.choice === null) {
          const { menu } = frame(hands.controller.view());
          expect(
            menu?.labels.some((one) => one.startsWith(label)),
            `${what}: ${label}`,
          ).toBe(true);
        }
        if (fields.length === 0) continue;
        if (dialogOn(hands, what).draft.choice === null) hands.press('enter');
        for (const [place, field] of fields.entries()) {
          const shown = drawn(hands, what).join('\n');
          expect(shown, `${what}: ${label}: ${field.label}`).toContain(`> ${field.label.slice(0, 20)}`);
          if (place < fields.length - 1) hands.press('tab');
        }
      }
      hands.controller.dispose();
    }
  },
);
