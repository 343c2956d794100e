/** A pattern in a document: wrong ones are refused when the document is read, those with `${{ }}` when they are used. */
import { compileRegex } from '../runbook/regex.ts';
import { text } from '../runbook/scalar.ts';

export const pattern = text.superRefine((source, context) => {
  const compiled = source.includes('${{') ? null : compileRegex(source);
  if (compiled !== null && !compiled.ok) {
    context.addIssue({ code: 'custom', message: `wrong pattern: ${compiled.message}`, input: source });
  }
});
