/** Shell scripts of a document as the rules about them look at them. */
import type { Subject, Use } from '../model.ts';

/** Uses that are shell text; a script that says another shell (`shell: python3`) is not among them. */
export function shellScripts({ uses }: Pick<Subject, 'uses'>): readonly Use[] {
  return uses.filter((use) => {
    if (use.kind !== 'script') return false;
    const { doc, path } = use.at;
    const siblings = doc.tree.scalars([...path.slice(0, -1), 'shell']);
    return siblings.length === 0 || /\b(?:ba|da|z|k)?sh\b/.test(siblings.map(({ text }) => text).join(' '));
  });
}

/** Whether the pipe of a script fails with any of its commands: nothing else is said of its shell. */
export function hasPipefail({ at: { doc, path }, text }: Use): boolean {
  const siblings = doc.tree.scalars([...path.slice(0, -1), 'shell']);
  if (/\bset \+o pipefail\b/.test(text)) return false;
  return siblings.length === 0 || siblings.some((word) => word.text.includes('pipefail'));
}

/** `text` with comments and what stands in single quotes blanked out; offsets stay. */
export function bareShell(text: string): string {
  return text.replace(/\\.|"(?:\\.|[^"\\])*"|'[^']*'|(?<=^|\s)#[^\n]*/gs, (part) =>
    part.startsWith("'") || part.startsWith('#') ? part.replaceAll(/[^\n]/g, ' ') : part,
  );
}
