/**
 * Lines that are asked for: words, fields, secrets, a y/n.
 *
 * Invariants: an empty line confirms nothing; a secret is not echoed; when what is asked goes away, asking ends with `Interrupted`.
 */
import type { Interface } from 'node:readline/promises';
import { visibleLine } from '../diagnostics/sanitise.ts';
import type { Field } from './dialogs/dialog.ts';
import type { PlainIo } from './home.ts';

/** The question went away or the input ended while something was asked. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

export class PlainPrompt {
  readonly #io: Pick<PlainIo, 'stdin' | 'stdout'>;
  readonly #lines: Interface;
  readonly #input: () => AbortController;

  /** `input`: aborted when what is asked now goes away. */
  constructor(io: Pick<PlainIo, 'stdin' | 'stdout'>, lines: Interface, input: () => AbortController) {
    this.#io = io;
    this.#lines = lines;
    this.#input = input;
  }

  /** What is typed into a field; null: nothing was where something must be, which goes back. */
  async field(field: Field): Promise<string | null> {
    const back = field.required ? ' (empty: back)' : '';
    const preset = field.initial === '' ? back : ` [${visibleLine(field.initial)}]`;
    const prompt = `${visibleLine(field.label)}${preset}: `;
    const text = field.secret ? await this.#secret(prompt) : await this.read(prompt);
    const value = text === '' ? field.initial : text;
    return field.required && value.trim() === '' ? null : value;
  }

  /** Whether `y` was typed, alone. */
  async confirmed(text: string): Promise<boolean> {
    return (await this.read(`${visibleLine(text)} y/N: `)).trim() === 'y';
  }

  /** A line. Throws `Interrupted` where there is none any more. */
  async read(prompt: string): Promise<string> {
    const { signal } = this.#input();
    if (signal.aborted) throw new Interrupted();
    try {
      return await this.#lines.question(prompt, { signal });
    } catch (error) {
      this.#io.stdout.write('\n');
      throw new Interrupted('nothing was read', { cause: error });
    }
  }

  /** A line that is not echoed. In raw mode the keys that erase arrive as characters. */
  async #secret(prompt: string): Promise<string> {
    const raw = this.#io.stdin.isTTY === true;
    if (raw) this.#io.stdin.setRawMode?.(true);
    try {
      const line = await this.read(prompt);
      if (line.includes('\x03')) throw new Interrupted();
      const kept: string[] = [];
      for (const one of line) {
        if (one === '\x7f' || one === '\b') kept.pop();
        else kept.push(one);
      }
      return kept.join('');
    } finally {
      if (raw) {
        this.#io.stdin.setRawMode?.(false);
        this.#io.stdout.write('\n');
      }
    }
  }
}
