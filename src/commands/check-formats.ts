/** Diagnostics for other programs: the annotations of a forge, and SARIF 2.1.0. */
import { version } from '../app/version.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { explanations } from '../runbook/explanations.ts';

/** One workflow command a line, as GitHub reads them. */
export function asGithub(diagnostics: readonly Diagnostic[]): string {
  const words = { error: 'error', warning: 'warning', note: 'notice' } as const;
  return diagnostics
    .map(({ file, line, column, width, severity, code, message, hint }) => {
      const place = `file=${property(file)},line=${line},col=${column},endColumn=${column + width}`;
      const text = hint === '' ? message : `${message}\nhint: ${hint}`;
      return `::${words[severity]} ${place},title=${property(code)}::${data(text)}\n`;
    })
    .join('');
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(visibleLine(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** A SARIF log with one run; every rule that was broken is described. */
export function asSarif(diagnostics: readonly Diagnostic[]): unknown {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  const rules = codes.map((id) => {
    const text = explanations.get(id)?.explanation ?? id;
    return { id, shortDescription: { text: text.split('. ')[0] ?? text }, fullDescription: { text } };
  });
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'gonogo', version, rules } },
        columnKind: 'unicodeCodePoints',
        results: diagnostics.map(({ file, line, column, width, severity, code, message, hint }) => ({
          ruleId: code,
          ruleIndex: codes.indexOf(code),
          level: severity,
          message: { text: hint === '' ? message : `${message}\nhint: ${hint}` },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(file) },
                region: { startLine: line, startColumn: column, endLine: line, endColumn: column + width },
              },
            },
          ],
        })),
      },
    ],
  };
}
