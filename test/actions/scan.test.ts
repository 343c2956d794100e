/** What scanners print, from programs that print as the real ones do; and scanners that are not there, broken or slow. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { perform, workFolder } from './bench.ts';

/** A folder with a program `scanner` that prints `report` and ends with `exit`. */
function scanner(report: string, exit = 0): string {
  const cwd = workFolder({ 'report.txt': report });
  writeFileSync(join(cwd, 'scanner'), `#!/bin/sh\ncat report.txt\nexit ${exit}\n`);
  chmodSync(join(cwd, 'scanner'), 0o755);
  return cwd;
}

async function found(report: unknown, format: 'sarif' | 'json', exit = 0): Promise<unknown> {
  const cwd = scanner(typeof report === 'string' ? report : JSON.stringify(report), exit);
  const read = await perform('scan', { run: ['./scanner'], format }, { cwd });
  expect(read.reason).toBe(null);
  return read.fields['matches'];
}

const trivy = {
  SchemaVersion: 2,
  Results: [
    {
      Target: 'package-lock.json',
      Vulnerabilities: [{ VulnerabilityID: 'CVE-1', PkgName: 'left', Severity: 'CRITICAL', Title: 'Bad' }],
    },
    {
      Target: 'Dockerfile',
      Misconfigurations: [
        { ID: 'DS002', Severity: 'HIGH', Title: 'root', Status: 'FAIL', CauseMetadata: { StartLine: 3 } },
        { ID: 'DS026', Severity: 'LOW', Title: 'no check', Status: 'PASS' },
      ],
      Secrets: [{ RuleID: 'aws', Severity: 'CRITICAL', Title: 'Key', StartLine: 9, Match: 'AKIAHIDDEN' }],
    },
  ],
};
const sarif = {
  version: '2.1.0',
  runs: [
    {
      tool: { driver: { name: 't', rules: [{ id: 'R1', properties: { 'security-severity': '9.8' } }] } },
      results: [
        {
          ruleId: 'R2',
          level: 'note',
          message: { text: 'two' },
          locations: [{ physicalLocation: { artifactLocation: { uri: 'b.py' }, region: { startLine: 4 } } }],
        },
        {
          ruleId: 'R1',
          message: { text: 'one\nline' },
          locations: [{ physicalLocation: { artifactLocation: { uri: 'a.py' } } }],
        },
        { ruleId: 'R3', message: { text: 'known' }, suppressions: [{ kind: 'inSource' }] },
        { ruleId: 'R4', kind: 'pass', message: { text: 'fine' } },
      ],
    },
  ],
};

describe('reports', () => {
  test.each([
    ['SARIF', 'sarif', sarif, ['a.py:1: critical R1: one line', 'b.py:4: low R2: two']],
    [
      'trivy',
      'json',
      trivy,
      [
        'package-lock.json:1: critical CVE-1: left: Bad',
        'Dockerfile:9: critical aws: Key',
        'Dockerfile:3: high DS002: root',
      ],
    ],
    ['trivy that found nothing', 'json', { SchemaVersion: 2, ArtifactName: '.' }, []],
    [
      'gitleaks',
      'json',
      [{ RuleID: 'key', File: 'a.env', StartLine: 2, Description: 'Key', Secret: 'HIDDEN', Match: 'HIDDEN' }],
      ['a.env:2: high key: Key'],
    ],
    ['gitleaks that found nothing', 'json', [], []],
    [
      'hadolint',
      'json',
      [{ file: 'Dockerfile', line: 1, column: 1, level: 'warning', code: 'DL3006', message: 'Tag' }],
      ['Dockerfile:1: medium DL3006: Tag'],
    ],
    [
      'shellcheck',
      'json',
      { comments: [{ file: 'a.sh', line: 2, endLine: 2, level: 'error', code: 2086, message: 'Quote' }] },
      ['a.sh:2: high SC2086: Quote'],
    ],
    [
      'checkov',
      'json',
      [
        {
          check_type: 'terraform',
          results: {
            failed_checks: [
              { check_id: 'CKV_1', check_name: 'Open', file_path: '/main.tf', file_line_range: [5, 9], severity: null },
            ],
          },
        },
      ],
      ['main.tf:5: medium CKV_1: Open'],
    ],
    ['checkov that had nothing', 'json', { passed: 0, failed: 0, checkov_version: '3' }, []],
    [
      'npm audit',
      'json',
      { auditReportVersion: 2, vulnerabilities: { left: { name: 'left', severity: 'moderate', range: '<2' } } },
      ['medium left: left <2'],
    ],
    [
      'pnpm audit',
      'json',
      { advisories: { 7: { module_name: 'left', severity: 'high', title: 'Bad' } } },
      ['high 7: left: Bad'],
    ],
    [
      'pip-audit',
      'json',
      {
        dependencies: [
          { name: 'a', version: '1', vulns: [{ id: 'PYSEC-1', description: 'Bad' }] },
          { name: 'b', skip_reason: 'x' },
        ],
      },
      ['high PYSEC-1: a 1: Bad'],
    ],
    [
      'uv audit',
      'json',
      {
        schema: { version: 'preview' },
        summary: { audited_packages: 2 },
        vulnerabilities: [{ dependency: { name: 'a', version: '1' }, display_id: 'PYSEC-1', summary: 'Bad' }],
        adverse_statuses: [{ name: 'b', status: 'archived', reason: 'moved' }],
      },
      ['high PYSEC-1: a 1: Bad', 'medium archived: b is archived: moved'],
    ],
    [
      'Scorecard',
      'json',
      {
        scorecard: { version: 'v5' },
        checks: [
          { name: 'Token-Permissions', score: 0, reason: 'broad' },
          { name: 'License', score: 10, reason: 'ok' },
          { name: 'Fuzzing', score: -1, reason: '?' },
        ],
      },
      ['high Token-Permissions: 0 of 10: broad'],
    ],
  ] as const)('%s', async (_, format, report, lines) => {
    expect(await found(report, format)).toEqual(lines);
  });

  test('Django: what its check printed as errors, level by level, whatever the exit code', async () => {
    const cwd = workFolder({
      'report.txt': `System check identified some issues:

ERRORS:
shop.Item.price: (fields.E130) DecimalFields must define a 'decimal_places' attribute.
	HINT: set it
?: (urls.E006) The STATIC_URL setting must end with a slash.

WARNINGS:
?: (security.W004) You have not set a value for the SECURE_HSTS_SECONDS setting.

System check identified 3 issues (1 silenced).
`,
    });
    const run = 'echo one line of the application; cat report.txt >&2; exit 1';
    const read = await perform('scan', { run, format: 'django', findings: { not: 'urls.E006' } }, { cwd });
    expect(read.reason).toBe(null);
    expect(read.fields).toMatchObject({
      total: 3n,
      matches: [
        "high fields.E130: shop.Item.price: DecimalFields must define a 'decimal_places' attribute.",
        'medium security.W004: You have not set a value for the SECURE_HSTS_SECONDS setting.',
      ],
    });
    const fine = { run: 'echo "System check identified no issues (0 silenced)."', format: 'django' };
    expect(await perform('scan', fine, { cwd })).toMatchObject({
      reason: null,
      fields: { count: 0n, total: 0n },
    });
  });

  test.each([
    ['an application that does not start', 'echo "ModuleNotFoundError: No module named nope" >&2; exit 1'],
    ['more findings than lines', 'echo "System check identified 2 issues (0 silenced)."'],
    ['no end', 'printf "WARNINGS:\n?: (security.W004) Not set.\n"'],
  ])('Django: %s is unknown', async (_, run) => {
    const read = await perform('scan', { run, format: 'django' }, { cwd: workFolder() });
    expect(read.blind).toBe(true);
    expect(read.reason).toContain('printed no report that is understood');
  });

  test('what was found counts, not the exit code', async () => {
    expect(await found(sarif, 'sarif', 1)).toHaveLength(2);
    expect(await found([], 'json', 2)).toEqual([]);
  });

  test('findings below a severity, and of some rules, do not count', async () => {
    const cwd = scanner(JSON.stringify(trivy));
    const only = { run: ['./scanner'], format: 'json', findings: { least: 'critical', not: ['aws'] } };
    const { fields } = await perform('scan', only, { cwd });
    expect(fields).toMatchObject({ count: 1n, total: 3n, findings: [{ rule: 'CVE-1', severity: 'critical' }] });
  });

  test('a report that is there already is read', async () => {
    const cwd = workFolder({ 'out/scan.sarif': JSON.stringify(sarif) });
    expect((await perform('scan', { sarif: 'out/*.sarif' }, { cwd })).fields['count']).toBe(2n);
    const missing = await perform('scan', { sarif: 'none.sarif' }, { cwd });
    expect(missing).toMatchObject({ blind: true, reason: 'the report of the scanner is not there' });
  });
});

describe('a scanner that told nothing leaves it unknown', () => {
  test('one that is not installed', async () => {
    const read = await perform('scan', { run: ['no-such-scanner', '.'] }, { cwd: workFolder() });
    expect(read.blind).toBe(true);
    expect(read.reason).toContain('no-such-scanner is not installed here');
  });

  test.each([
    ['prints nothing', '', 0],
    ['prints words', 'cannot reach the database', 1],
    ['prints half a report', '{"runs": [', 0],
    ['prints another shape', '{"error": {"code": "ENOLOCK"}}', 1],
    ['says it failed though there is no finding', '{"runs": 3}', 2],
  ])('one that %s', async (_, report, exit) => {
    for (const format of ['sarif', 'json']) {
      const read = await perform('scan', { run: ['./scanner'], format }, { cwd: scanner(report, exit) });
      expect(read.blind).toBe(true);
      expect(read.reason).toContain(`exit ${exit} and printed no report`);
    }
  });

  test('one that does not end in its time', async () => {
    const cwd = workFolder();
    const read = await perform('scan', { run: 'sleep 600' }, { cwd, timeoutMs: 300 });
    expect(read.blind).toBe(true);
    expect(read.reason).toBe('timed out after 300ms');
  });
});
