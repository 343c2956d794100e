/** The texts of a YAML document as a reader of the file sees them. */
import { isScalar, parseDocument, visit } from 'yaml';

export interface Texts {
  /** Keys and values, in order. */
  readonly values: readonly string[];
  /** Lines of comments without their mark. A line of a script that begins with `#` is among them too. */
  readonly comments: readonly string[];
}

/** Every text of `document`, which is well-formed YAML. */
export function textsIn(document: string): Texts {
  const values: string[] = [];
  visit(parseDocument(document, { logLevel: 'error', prettyErrors: false }), {
    Scalar: (_, node) => {
      if (isScalar(node)) values.push(String(node.value));
    },
  });
  const comments = [...document.matchAll(/^[ \t]*#[ \t]?(.*)$/gm)].map(([, comment]) => comment ?? '');
  return { values, comments };
}
