/**
 * Takes what the terminal tells of the mouse out of what is typed: Ink hears keys only, and drops the rest.
 *
 * Invariants: every other byte goes on, in its order; what comes in pieces is told whole, but that an escape that
 * comes alone is the key: nothing of it is held back.
 */
import type { MouseEvent } from './mouse.ts';

/** A report of the mouse (SGR, mode 1006), or the beginning of one at the end of what has come. */
const reports = /\x1b\[<(\d{1,4});(\d{1,5});(\d{1,5})([Mm])|\x1b\[(?:<[\d;]{0,16})?$/g;

const kinds: Readonly<Record<string, MouseEvent['kind']>> = { '0M': 'click', '64M': 'wheel-up', '65M': 'wheel-down' };

/** `stdin` without the mouse, which `heard` is told. */
export function withoutMouse(stdin: NodeJS.ReadStream, heard: (event: MouseEvent) => void): NodeJS.ReadStream {
  const take = mouseTaker(heard);
  const read = (size?: number): string | null => {
    for (let piece: unknown = stdin.read(size); piece !== null; piece = stdin.read(size)) {
      const typed = take(String(piece));
      if (typed !== '') return typed;
    }
    return null;
  };
  return new Proxy(stdin, {
    get: (target, name) => {
      if (name === 'read') return read;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** What is typed of each piece of input; what it tells of the mouse goes to `heard`. */
export function mouseTaker(heard: (event: MouseEvent) => void): (piece: string) => string {
  let begun = '';
  return (piece) => {
    const all = begun + piece;
    begun = '';
    return all.replaceAll(reports, (whole: string, code?: string, column?: string, row?: string, end?: string) => {
      if (code === undefined) begun = whole;
      else heard({ kind: kinds[`${code}${end}`] ?? 'other', column: Number(column) - 1, row: Number(row) - 1 });
      return '';
    });
  };
}
