/**
 * Reports of scanners as findings: SARIF, and the JSON of those that have a form of their own. Told apart by their shape.
 *
 * Invariants:
 * - A report whose shape is not known is no report without findings: null.
 * - No secret that a scanner found comes out.
 */
import * as z from 'zod';

export const severities = ['info', 'low', 'medium', 'high', 'critical'] as const;
export type ScanSeverity = (typeof severities)[number];

/** `path` null: it is about no file (a package, a setting). `line` from 1, 0 where there is none. */
export interface ScanFinding {
  readonly rule: string;
  readonly severity: ScanSeverity;
  readonly message: string;
  readonly path: string | null;
  readonly line: number;
}

const text = z.string().catch('');
const number = z.number().catch(0);
const list = <S extends z.ZodType>(schema: S) =>
  z
    .array(schema)
    .nullish()
    .transform((items) => items ?? []);

/** `HIGH`, `error`, `moderate`, `style` … as one of ours. */
function severityOf(word: string): ScanSeverity {
  switch (word.toLowerCase()) {
    case 'critical':
      return 'critical';
    case 'high':
    case 'error':
      return 'high';
    case 'medium':
    case 'moderate':
    case 'warning':
      return 'medium';
    case 'low':
    case 'note':
    case 'minor':
      return 'low';
    case 'info':
    case 'style':
    case 'none':
    case 'negligible':
      return 'info';
    default:
      return 'medium';
  }
}

const sarifLocation = z.looseObject({
  physicalLocation: z
    .looseObject({
      artifactLocation: z.looseObject({ uri: text }).optional(),
      region: z.looseObject({ startLine: number }).optional(),
    })
    .optional(),
});
const sarifRule = z.looseObject({
  id: text,
  defaultConfiguration: z.looseObject({ level: z.string().optional() }).optional(),
  properties: z.looseObject({ 'security-severity': z.coerce.string().optional() }).optional(),
});
const sarif = z.looseObject({
  runs: z.array(
    z.looseObject({
      tool: z.looseObject({ driver: z.looseObject({ rules: list(sarifRule) }) }).optional(),
      results: list(
        z.looseObject({
          ruleId: text,
          ruleIndex: z.number().optional(),
          kind: z.string().optional(),
          level: z.string().optional(),
          message: z.looseObject({ text }).optional(),
          suppressions: list(z.unknown()),
          locations: list(sarifLocation),
          properties: z.looseObject({ 'security-severity': z.coerce.string().optional() }).optional(),
        }),
      ),
    }),
  ),
});

function readSarif(value: z.infer<typeof sarif>): readonly ScanFinding[] {
  return value.runs.flatMap(({ tool, results }) => {
    const rules = tool?.driver.rules ?? [];
    return results
      .filter(({ kind, suppressions }) => (kind === undefined || kind === 'fail') && suppressions.length === 0)
      .map((result): ScanFinding => {
        const rule = rules.find(({ id }) => id === result.ruleId) ?? rules[result.ruleIndex ?? -1];
        const place = result.locations[0]?.physicalLocation;
        const score = Number(result.properties?.['security-severity'] ?? rule?.properties?.['security-severity']);
        const level = result.level ?? rule?.defaultConfiguration?.level ?? 'warning';
        const uri = place?.artifactLocation?.uri ?? '';
        return {
          rule: result.ruleId,
          severity: score > 0 ? severityOfScore(score) : severityOf(level),
          message: result.message?.text ?? '',
          path: uri === '' ? null : uri.replace(/^file:\/\//, ''),
          line: place?.region?.startLine ?? 0,
        };
      });
  });
}

/** CVSS, as GitHub grades it. */
function severityOfScore(score: number): ScanSeverity {
  return score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : 'low';
}

type Format = (value: unknown) => readonly ScanFinding[] | null;

/** A format: what has the shape of `schema`, as findings. */
function format<S extends z.ZodType>(schema: S, read: (value: z.infer<S>) => readonly ScanFinding[]): Format {
  return (value) => {
    const parsed = schema.safeParse(value);
    return parsed.success ? read(parsed.data) : null;
  };
}

const trivy = format(
  z.looseObject({
    SchemaVersion: z.number(),
    Results: list(
      z.looseObject({
        Target: text,
        Vulnerabilities: list(z.looseObject({ VulnerabilityID: text, Severity: text, PkgName: text, Title: text })),
        Misconfigurations: list(
          z.looseObject({
            ID: text,
            Severity: text,
            Title: text,
            Status: text,
            CauseMetadata: z.looseObject({ StartLine: number }).optional(),
          }),
        ),
        Secrets: list(z.looseObject({ RuleID: text, Severity: text, Title: text, StartLine: number })),
      }),
    ),
  }),
  ({ Results }) =>
    Results.flatMap(({ Target, Vulnerabilities, Misconfigurations, Secrets }) => [
      ...Vulnerabilities.map((one) => ({
        rule: one.VulnerabilityID,
        severity: severityOf(one.Severity),
        message: `${one.PkgName}: ${one.Title}`,
        path: Target,
        line: 0,
      })),
      ...Misconfigurations.filter(({ Status }) => Status !== 'PASS').map((one) => ({
        rule: one.ID,
        severity: severityOf(one.Severity),
        message: one.Title,
        path: Target,
        line: one.CauseMetadata?.StartLine ?? 0,
      })),
      ...Secrets.map((one) => ({
        rule: one.RuleID,
        severity: severityOf(one.Severity),
        message: one.Title,
        path: Target,
        line: one.StartLine,
      })),
    ]),
);

const gitleaks = format(
  z.array(z.looseObject({ RuleID: z.string(), File: z.string(), StartLine: number, Description: text })).min(1),
  (leaks) =>
    leaks.map(({ RuleID, File, StartLine, Description }) => ({
      rule: RuleID,
      severity: 'high',
      message: Description,
      path: File,
      line: StartLine,
    })),
);

const lintComment = z.looseObject({
  file: z.string(),
  line: z.number(),
  level: z.string(),
  code: z.union([z.string(), z.number()]),
  message: text,
});

/** hadolint and shellcheck. */
function lintFindings(comments: readonly z.infer<typeof lintComment>[]): readonly ScanFinding[] {
  return comments.map(({ file, line, level, code, message }) => ({
    rule: typeof code === 'number' ? `SC${code}` : code,
    severity: severityOf(level),
    message,
    path: file,
    line,
  }));
}

const lint = format(z.array(lintComment).min(1), lintFindings);
const shellcheck = format(z.looseObject({ comments: z.array(lintComment) }), ({ comments }) => lintFindings(comments));

const checkovReport = z.looseObject({
  results: z.looseObject({
    failed_checks: z.array(
      z.looseObject({
        check_id: text,
        check_name: text,
        file_path: text,
        file_line_range: z.array(z.number()).optional(),
        severity: z.string().nullish(),
      }),
    ),
  }),
});
const checkov = format(z.union([z.array(checkovReport).min(1), checkovReport]), (value) =>
  [value].flat().flatMap(({ results }) =>
    results.failed_checks.map((one) => ({
      rule: one.check_id,
      severity: severityOf(one.severity ?? 'medium'),
      message: one.check_name,
      path: one.file_path.replace(/^\//, ''),
      line: one.file_line_range?.[0] ?? 0,
    })),
  ),
);
/** What checkov prints when it had nothing to check. */
const checkovNothing = format(
  z.looseObject({ passed: z.number(), failed: z.literal(0), checkov_version: z.string() }),
  () => [],
);

const npm = format(
  z.looseObject({
    auditReportVersion: z.number(),
    vulnerabilities: z.record(z.string(), z.looseObject({ name: text, severity: text, range: text })),
  }),
  ({ vulnerabilities }) =>
    Object.entries(vulnerabilities).map(([name, { severity, range }]) => ({
      rule: name,
      severity: severityOf(severity),
      message: `${name} ${range}`.trim(),
      path: null,
      line: 0,
    })),
);

const advisories = format(
  z.looseObject({
    advisories: z.record(z.string(), z.looseObject({ module_name: text, severity: text, title: text })),
  }),
  (report) =>
    Object.entries(report.advisories).map(([id, { module_name, severity, title }]) => ({
      rule: id,
      severity: severityOf(severity),
      message: `${module_name}: ${title}`,
      path: null,
      line: 0,
    })),
);

const audited = z.looseObject({
  name: z.string(),
  version: text,
  vulns: z.array(z.looseObject({ id: z.string(), description: text })),
});
/** pip-audit and what prints as it does; it grades nothing. */
const pip = format(
  z.union([
    z.looseObject({ dependencies: z.array(z.union([audited, z.looseObject({ skip_reason: z.string() })])) }),
    z.array(audited).min(1),
  ]),
  (value) =>
    (Array.isArray(value) ? value : value.dependencies).flatMap((one) => {
      const read = audited.safeParse(one);
      if (!read.success) return [];
      const { name, version, vulns } = read.data;
      return vulns.map(({ id, description }) => ({
        rule: id,
        severity: 'high' as const,
        message: `${name} ${version}: ${description.split('\n')[0] ?? ''}`,
        path: null,
        line: 0,
      }));
    }),
);

/** `uv audit`; it grades nothing. */
const uv = format(
  z.looseObject({
    summary: z.looseObject({}),
    vulnerabilities: z.array(
      z.looseObject({
        dependency: z.looseObject({ name: z.string(), version: text }),
        display_id: text,
        summary: text,
      }),
    ),
    adverse_statuses: z.array(z.looseObject({ name: z.string(), status: text, reason: text })),
  }),
  ({ vulnerabilities, adverse_statuses }) => [
    ...vulnerabilities.map(({ dependency: { name, version }, display_id, summary }) => ({
      rule: display_id,
      severity: 'high' as const,
      message: `${name} ${version}: ${summary}`,
      path: null,
      line: 0,
    })),
    ...adverse_statuses.map(({ name, status, reason }) => ({
      rule: status,
      severity: 'medium' as const,
      message: `${name} is ${status}: ${reason}`,
      path: null,
      line: 0,
    })),
  ],
);

/** OpenSSF Scorecard: a check that does not reach ten is a finding, -1 could not be told. */
const scorecard = format(
  z.looseObject({
    scorecard: z.unknown(),
    checks: z.array(z.looseObject({ name: z.string(), score: z.number(), reason: text })),
  }),
  ({ checks }) =>
    checks
      .filter(({ score }) => score >= 0 && score < 10)
      .map(({ name, score, reason }) => ({
        rule: name,
        severity: score < 3 ? 'high' : score < 6 ? 'medium' : 'low',
        message: `${score} of 10: ${reason}`,
        path: null,
        line: 0,
      })),
);

const bandit = format(
  z.looseObject({
    results: z.array(
      z.looseObject({
        test_id: z.string(),
        issue_severity: text,
        issue_text: text,
        filename: z.string(),
        line_number: number,
      }),
    ),
    metrics: z.unknown(),
  }),
  ({ results }) =>
    results.map((one) => ({
      rule: one.test_id,
      severity: severityOf(one.issue_severity),
      message: one.issue_text,
      path: one.filename,
      line: one.line_number,
    })),
);

const semgrep = format(
  z.looseObject({
    results: z.array(
      z.looseObject({
        check_id: z.string(),
        path: z.string(),
        start: z.looseObject({ line: number }),
        extra: z.looseObject({ severity: text, message: text }),
      }),
    ),
  }),
  ({ results }) =>
    results.map(({ check_id, path, start, extra }) => ({
      rule: check_id,
      severity: severityOf(extra.severity),
      message: extra.message,
      path,
      line: start.line,
    })),
);

/** Scanners that print a list print an empty one when they found nothing. */
const nothing = format(z.array(z.unknown()).length(0), () => []);
const formats: readonly Format[] = [
  trivy,
  nothing,
  gitleaks,
  lint,
  shellcheck,
  checkov,
  checkovNothing,
  npm,
  advisories,
  pip,
  uv,
  scorecard,
  bandit,
  semgrep,
];

const djangoLevels: ReadonlyMap<string, ScanSeverity> = new Map([
  ['CRITICALS:', 'critical'],
  ['ERRORS:', 'high'],
  ['WARNINGS:', 'medium'],
  ['INFOS:', 'low'],
  ['DEBUGS:', 'info'],
]);

/**
 * Findings in what `manage.py check` printed, which has no form for machines: a heading a level, a line a finding, the number of
 * them at the end. Null: it did not come to its end, or says another number than there are lines.
 */
export function readDjangoReport(report: string): readonly ScanFinding[] | null {
  const said = /^System check identified (no|\d+) issues? \(\d+ silenced\)\.$/m.exec(report)?.[1];
  if (said === undefined) return null;
  let severity: ScanSeverity | null = null;
  const findings: ScanFinding[] = [];
  for (const line of report.split(/\r?\n/)) {
    severity = djangoLevels.get(line) ?? severity;
    const [, about, rule, message] = /^(\S.*?): \(([\w.-]+\.[A-Z]\d+)\) (.*)$/.exec(line) ?? [];
    if (severity === null || about === undefined || rule === undefined || message === undefined) continue;
    findings.push({ rule, severity, message: about === '?' ? message : `${about}: ${message}`, path: null, line: 0 });
  }
  return findings.length === (said === 'no' ? 0 : Number(said)) ? findings : null;
}

/** Findings of a SARIF document; null: it is none. */
export const readSarifReport: Format = format(sarif, readSarif);

/** Findings of a scanner's own JSON; null: its shape is not known. */
export function readJsonReport(value: unknown): readonly ScanFinding[] | null {
  for (const read of formats) {
    const found = read(value);
    if (found !== null) return found;
  }
  return null;
}
