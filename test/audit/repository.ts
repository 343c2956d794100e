/** Small repositories on disk, and audits of them through the command itself. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, onTestFinished } from 'vitest';
import { z } from 'zod';
import { type AuditOptions, audit } from '../../src/commands/audit.ts';
import type { Io } from '../../src/commands/command.ts';
import { report } from '../../src/commands/failure.ts';

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

export const checklistsFolder = fileURLToPath(new URL('../../checklists', import.meta.url));
export const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gonogo-audit-'));
  made.push(folder);
  return folder;
}

/** Text by path; null removes the file. */
export type Contents = Readonly<Record<string, string | null>>;

export function change(folder: string, contents: Contents): void {
  for (const [path, text] of Object.entries(contents)) {
    const full = join(folder, path);
    if (text === null) {
      rmSync(full, { recursive: true });
      continue;
    }
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
  }
  execFileSync('git', ['add', '--all'], { cwd: folder });
}

/** A git repository with `contents`, added and not committed. */
export function repository(contents: Contents): string {
  const folder = join(temporaryFolder(), 'repo');
  mkdirSync(folder);
  execFileSync('git', ['init', '--quiet', '--initial-branch=main'], { cwd: folder });
  change(folder, contents);
  return folder;
}

/** Writes `text` beside nothing else and returns its path. */
export function textFile(name: string, text: string): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

const scanners = {
  trivy: '{"SchemaVersion": 2}',
  gitleaks: '[]',
  hadolint: '[]',
  shellcheck: '{"comments": []}',
  'pip-audit': '{"dependencies": []}',
  uv: '{"schema": {"version": "preview"}, "summary": {}, "vulnerabilities": [], "adverse_statuses": []}',
};

/** Until the test ends there are scanners on the PATH, and they find nothing. */
export function installScanners(): void {
  const folder = temporaryFolder();
  for (const [name, report] of Object.entries(scanners)) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho '${report}'\n`, { mode: 0o755 });
  }
  const { PATH: before } = process.env;
  process.env['PATH'] = `${folder}:${before}`;
  onTestFinished(() => {
    process.env['PATH'] = before;
  });
}

const resultSchema = z.strictObject({
  run: z.string(),
  revision: z
    .strictObject({ commit: z.string().nullable(), branch: z.string().nullable(), dirty: z.boolean().nullable() })
    .optional(),
  score: z.number().nullable(),
  verdict: z.enum(['go', 'no-go']).nullable(),
  categories: z.record(z.string(), z.strictObject({ score: z.number().nullable() })),
  findings: z.array(
    z.strictObject({
      id: z.string(),
      severity: z.enum(['blocker', 'high', 'medium', 'low']),
      status: z.enum(['partial', 'failed', 'unknown', 'waived']),
      evidence: z.array(z.string()),
    }),
  ),
  items: z.array(
    z.strictObject({
      id: z.string(),
      result: z.enum(['pass', 'partial', 'fail', 'na', 'unknown', 'waived']),
      reason: z.string().nullable(),
      evidence: z.array(z.string()),
    }),
  ),
});

export interface Heard {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `gonogo audit`, in this process. */
export async function auditHeard(checklist: string, options: AuditOptions): Promise<Heard> {
  let out = '';
  let err = '';
  const io: Io = {
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      err += text;
    },
    terminal: false,
    env: {},
  };
  try {
    return { code: await audit(checklist, { headless: true, ...options }, io), out, err };
  } catch (error) {
    return { code: report(io, error), out, err };
  }
}

export interface Audited {
  readonly code: number;
  readonly run: string;
  readonly score: number | null;
  readonly verdict: 'go' | 'no-go' | null;
  readonly categories: Readonly<Record<string, { readonly score: number | null }>>;
  /** Status of each finding by id. */
  readonly findings: Readonly<Record<string, string>>;
  readonly evidence: Readonly<Record<string, readonly string[]>>;
  readonly err: string;
  readonly items: readonly { readonly id: string; readonly result: string; readonly reason: string | null }[];
}

/** `gonogo audit --json`. */
export async function auditJson(checklist: string, options: AuditOptions): Promise<Audited> {
  const { code, out, err } = await auditHeard(checklist, { ...options, json: true });
  if (out === '') throw new Error(`the audit exited with ${code} and said: ${err}`);
  const result = resultSchema.parse(JSON.parse(out));
  const { findings, ...rest } = result;
  return {
    ...rest,
    code,
    err,
    findings: Object.fromEntries(findings.map(({ id, status }) => [id, status])),
    evidence: Object.fromEntries(findings.map(({ id, evidence }) => [id, evidence])),
  };
}

/** What the shipped `checklist` makes of `item` in a repository with `contents`. */
export async function judged(checklist: string, item: string, contents: Contents): Promise<string> {
  const { items } = await auditJson(join(checklistsFolder, `${checklist}.yaml`), {
    repo: repository(contents),
    state: temporaryFolder(),
  });
  return items.find(({ id }) => id === item)?.result ?? 'there is no such item';
}
