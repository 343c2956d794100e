import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { beginning, encodeRecord, type Place } from '../../src/journal/record.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import { buildReport } from '../../src/report/build.ts';
import { renderHtml } from '../../src/report/html.ts';
import { renderJson } from '../../src/report/json.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { type EventDraft, eventDraftSchema } from '../../src/run/event.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import { sha256Hex } from '../../src/signing/canonical.ts';
import { signReport } from '../../src/signing/sign-report.ts';
import { parseStatement, statementBytes, filesOf as subjectFiles, toStatement } from '../../src/signing/statement.ts';
import { textsIn } from '../attack/forge.ts';
import { fileSigner, tool } from '../signing/workbench.ts';
import { Desk, detailOf, edit, failures, type Said } from './desk.ts';

const desk = new Desk();
const document = `runbook: Release the shop
phases:
  deploy:
    - id: build
      run: echo building
    - id: ship
      run: echo shipped; echo slowly >&2
  verify:
    - id: look
      check: echo fine
      expect: stdout == "fine"
report:
  success: { It is there: look }
`;
const signatureNames = ['statement.json', 'statement.dsse.json', 'statement.json.sig'];

let run: string;
/** The signed report of `run`, where no live journal is beside it. */
let report: string;
let bundle: string;
let other: string;
const elsewhere = desk.path('no-runs-here');

beforeAll(async () => {
  const started = await desk.run(document);
  expect(started.code).toBe(0);
  run = desk.runFolder(started);
  bundle = desk.path('release.tar.gz');
  expect(await desk.report({ sign: desk.alice.path })).toMatchObject({ code: 0 });
  expect(await desk.report({ bundle })).toMatchObject({ code: 0 });
  report = desk.copy(join(run, 'report'));
  const again = await desk.run(document);
  other = desk.runFolder(again);
  expect(await desk.report({ sign: desk.alice.path })).toMatchObject({ code: 0 });
});

const away = { state: elsewhere };
const uncovered = (name: string): string => `subjects: ${name} is not covered by the statement`;
const foreign = (name: string): string => `files: ${name} is no part of a report`;
const filesOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(folder, name)).isFile());
/** A copy of the signed report after `spoil` had it. */
function spoilt(spoil: (folder: string) => void, from = report): string {
  const folder = desk.copy(from);
  spoil(folder);
  return folder;
}
/** A state folder with a copy of the run after `spoil` had it. */
function spoiltRun(spoil: (folder: string) => void): { readonly state: string } {
  const state = join(desk.copy(join(run, 'report')), 'state');
  const folder = join(state, 'runs', basename(run));
  cpSync(run, folder, { recursive: true });
  for (const path of [state, join(state, 'runs')]) chmodSync(path, 0o700);
  spoil(folder);
  return { state };
}
/** A copy without anything that only the signer can make. */
const stripped = (spoil: (folder: string) => void = () => {}): string =>
  spoilt((folder) => {
    for (const name of signatureNames) rmSync(join(folder, name));
    spoil(folder);
  });

describe('what is whole', () => {
  test('a signed report is verified as a run, as a folder and as a bundle, by whom and by which line', async () => {
    for (const [name, options] of [
      [basename(run), {}],
      [report, away],
      [bundle, away],
    ] as const) {
      const verified = await desk.verify(name, options);
      expect(failures(verified)).toEqual([]);
      expect(verified).toMatchObject({
        code: 0,
        ok: true,
        signers: [{ key: desk.alice.publicKey.fingerprint, principal: 'alice', trusted: true }],
      });
    }
    expect(detailOf(await desk.verify(bundle, away), 'evidence')).toMatch(/^\d+ files, \d+ bytes, as recorded$/);
    expect(detailOf(await desk.verify(report, away), 'evidence')).toBe('evidence not here, and not checked');
    expect(detailOf(await desk.verify(bundle), 'live')).toBe('as the journal of this run on this machine');
  });

  test('it says who signed, and what that does not prove', async () => {
    const { stdout, code } = await desk.verifyText(bundle, { allowedSigners: desk.allowed });
    expect(code).toBe(0);
    expect(stdout).toContain(`Verified: signed by alice (${desk.alice.publicKey.fingerprint}).`);
    expect(stdout).toContain('not that the machine that recorded it was honest');
  });

  test('an unsigned run or report is intact and says unsigned; asked for a signature, it is not verified', async () => {
    const started = await desk.run(document);
    const id = basename(desk.runFolder(started));
    expect(await desk.verifyText(id)).toMatchObject({ code: 0, stdout: expect.stringMatching(/Intact, and unsigned/) });
    expect(await desk.verify(id)).toMatchObject({ code: 1, ok: false });
    await desk.report();
    const copy = desk.copy(join(desk.runFolder(started), 'report'));
    expect(await desk.verifyText(copy, away)).toMatchObject({ code: 0, stdout: expect.stringMatching(/unsigned/) });
    expect(failures(await desk.verify(copy, away))).toEqual([
      'signature: unsigned, and a signature by one of the allowed signers was asked for',
    ]);
  });

  test('an unpacked bundle verifies with its evidence, whatever unpacked it', async () => {
    const folder = desk.path('unpacked');
    mkdirSync(folder);
    expect(tool('tar', ['xzf', bundle, '-C', folder]).exit).toBe(0);
    const verified = await desk.verify(folder, away);
    expect(failures(verified)).toEqual([]);
    expect(detailOf(verified, 'evidence')).toMatch(/as recorded/);
  });

  test('what cannot be verified at all is bad input', async () => {
    const empty = desk.path('empty');
    mkdirSync(empty);
    const text = desk.put('notes.txt', 'not a bundle');
    const expected: readonly (readonly [string, RegExp])[] = [
      ['no-such-thing', /"no-such-thing" is no path here, and/],
      [empty, /holds no report/],
      [text, /the bundle is refused/],
      ['/dev/null', /is neither a folder nor a file/],
    ];
    for (const [name, message] of expected) {
      const said = await desk.verifyText(name);
      expect(said).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
    }
    expect(await desk.verifyText(report, { head: 'nonsense' })).toMatchObject({ code: 2 });
    expect(await desk.verifyText(report, { allowedSigners: desk.path('none') })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/the allowed signers: cannot read/),
    });
  });
});

describe('tamper matrix: bytes', () => {
  test('a changed byte anywhere in the folder is refused', async () => {
    const folder = desk.copy(report);
    for (const name of filesOf(report)) {
      const bytes = readFileSync(join(report, name));
      for (const at of sampled(bytes.length, 8)) {
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ 1;
        writeFileSync(join(folder, name), changed);
        const verified = await desk.verify(folder, away);
        expect(verified.ok, `${name} byte ${at}`).toBe(false);
        if (!signatureNames.includes(name)) {
          expect(failures(verified), name).toContain(`subjects: ${name} is not the file that was signed`);
        }
      }
      writeFileSync(join(folder, name), bytes);
    }
    expect((await desk.verify(folder, away)).ok).toBe(true);
  });

  test('a changed byte anywhere in the bundle is refused', async () => {
    const { stdout } = await plainBundle();
    const bytes = readFileSync(stdout);
    for (const at of sampled(bytes.length, 40)) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const { code } = await desk.verifyText(desk.put('changed.tar', changed), {
        ...away,
        allowedSigners: desk.allowed,
      });
      expect(code, `byte ${at}`).not.toBe(0);
    }
  });

  test('a file taken away, added or swapped is said', async () => {
    for (const name of filesOf(report)) {
      const verified = await desk.verify(
        spoilt((folder) => rmSync(join(folder, name))),
        away,
      );
      expect(failures(verified).join(), name).toMatch(new RegExp(`${name.replaceAll('.', '\\.')} is missing`));
    }
    const added = await desk.verify(
      spoilt((folder) => writeFileSync(join(folder, 'evil.html'), 'x')),
      away,
    );
    expect(failures(added)).toEqual([uncovered('evil.html'), foreign('evil.html')]);
    const linked = spoilt((folder) => symlinkSync('/etc/passwd', join(folder, 'zzz')));
    expect(failures(await desk.verify(linked, away)).join()).toMatch(/"zzz" is a link or a device/);
  });

  test('a report that was written by hand is refused even where nobody signed', async () => {
    for (const name of ['report.md', 'report.html', 'report.json']) {
      const folder = stripped((copy) => edit(join(copy, name), (bytes) => `${bytes.toString()} `));
      expect(failures(await desk.verify(folder, { ...away, allowedSigners: undefined }))).toEqual([
        `report: ${name} is not what the journal gives`,
      ]);
    }
    const extra = stripped((copy) => writeFileSync(join(copy, 'run.sh'), 'rm -rf /'));
    expect(failures(await desk.verify(extra, { ...away, allowedSigners: undefined }))).toEqual([
      'files: run.sh is no part of a report',
    ]);
  });

  /** A file at `path` that nothing covers, whatever it is called. */
  const smuggled = (path: string) => (folder: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), 'runbook: Something else\n');
  };
  const strayDocument = `documents/${sha256Hex(Buffer.from('runbook: Something else\n'))}.yaml`;

  test.each([
    [strayDocument, `documents: ${strayDocument} is pinned by no record`],
    [`documents/${'0'.repeat(64)}.yaml`, `documents: documents/${'0'.repeat(64)}.yaml is pinned by no record`],
    ['documents/notes.txt', foreign('documents/notes.txt')],
    ['documents/.hidden', foreign('documents/.hidden')],
    ['documents/more/x.yaml', foreign('documents/more/x.yaml')],
    ['.hidden', foreign('.hidden')],
    ['audits/1.json', foreign('audits/1.json')],
    ['steps/001-build/1/output.log', foreign('steps/001-build/1/output.log')],
    ['report/report.html', foreign('report/report.html')],
    ['Journal.jsonl', foreign('Journal.jsonl')],
    ['run/steps/001-build/9/output.log', 'evidence: "steps/001-build/9/output.log" is not in the journal'],
    ['run/.hidden', 'evidence: ".hidden" is not in the journal'],
  ])(
    '%s in an unsigned folder, in a bundle and in the report of a run is named, covered by a statement or not',
    async (path, said) => {
      const options = { ...away, allowedSigners: undefined };
      const spoil = smuggled(path);
      expect(failures(await desk.verify(stripped(spoil), options)).join('\n')).toContain(said);
      const opened = desk.path('smuggled', sha256Hex(Buffer.from(path)));
      mkdirSync(opened, { recursive: true });
      tool('tar', ['xzf', bundle, '-C', opened]);
      spoil(opened);
      expect(failures(await desk.verify(opened, away)).join('\n')).toContain(said);
      if (path.startsWith('run/')) return;
      const within = await desk.verify(basename(run), {
        ...spoiltRun((folder) => {
          spoil(join(folder, 'report'));
          for (const name of signatureNames) rmSync(join(folder, 'report', name));
        }),
        allowedSigners: undefined,
      });
      expect(failures(within).join('\n')).toContain(said.replace('documents: ', 'documents: in the report: '));
      const covering = stripped(spoil);
      const statement = parseStatement(readFileSync(join(report, 'statement.json')));
      const { signer: _, ...predicate } = statement.predicate;
      const name = { name: path, sha256: sha256Hex(readFileSync(join(covering, path))) };
      writeFileSync(
        join(covering, 'statement.json'),
        statementBytes(toStatement([...subjectFiles(statement), name], predicate)),
      );
      expect(failures(await desk.verify(covering, options))).toEqual([said]);
    },
  );

  test('a document in the report of a run that is not the pinned one is named', async () => {
    const changed = spoiltRun((folder) => {
      const documents = join(folder, 'report', 'documents');
      edit(join(documents, readdirSync(documents)[0] ?? ''), (bytes) => `${bytes}# changed\n`);
      for (const name of signatureNames) rmSync(join(folder, 'report', name));
    });
    const verified = await desk.verify(basename(run), { ...changed, allowedSigners: undefined });
    expect(failures(verified).join()).toMatch(/documents: in the report: documents\/\w+\.yaml is another document/);
  });

  test('a statement that claims another result is refused, though a trusted key signed it', async () => {
    const folder = desk.copy(report);
    const statement = parseStatement(readFileSync(join(folder, 'statement.json')));
    const { predicate } = statement;
    const subjects = subjectFiles(statement);
    const forged = toStatement(subjects, { ...predicate, decision: 'rolled-back' });
    for (const { name, bytes } of await signReport(forged, fileSigner(desk.alice))) {
      writeFileSync(join(folder, name), bytes);
    }
    expect(failures(await desk.verify(folder, away))).toEqual([
      'result: the statement says something else than the journal',
    ]);
  });

  test('a report by a renderer that is not known is not re-rendered, and so not verified', async () => {
    const folder = desk.copy(report);
    const statement = parseStatement(readFileSync(join(folder, 'statement.json')));
    const { predicate } = statement;
    const subjects = subjectFiles(statement);
    const later = toStatement(subjects, { ...predicate, renderer: 999 });
    for (const { name, bytes } of await signReport(later, fileSigner(desk.alice)))
      writeFileSync(join(folder, name), bytes);
    const verified = await desk.verify(folder, away);
    expect(failures(verified)).toEqual([expect.stringMatching(/^report: not re-rendered: renderer 999 wrote it/)]);
  });
});

describe('tamper matrix: journal', () => {
  const linesOf = (folder: string): string[] =>
    readFileSync(join(folder, 'journal.jsonl'), 'utf8').trimEnd().split('\n');
  const withLines = (lines: readonly string[]): string =>
    stripped((folder) => writeFileSync(join(folder, 'journal.jsonl'), `${lines.join('\n')}\n`));
  const unsigned = { ...away, allowedSigners: undefined };

  test('every line deleted, duplicated, swapped with the next or edited is refused by the number of the line', async () => {
    const lines = linesOf(report);
    for (const [index, line] of lines.entries()) {
      const next = lines[index + 1];
      const spoils: (readonly string[])[] = [
        lines.toSpliced(index, 0, line),
        lines.with(index, line.replace(/"at":"2/, '"at":"1')),
      ];
      if (next !== undefined) spoils.push(lines.toSpliced(index, 1), lines.with(index, next).with(index + 1, line));
      for (const changed of spoils) {
        const verified = await desk.verify(withLines(changed), unsigned);
        expect(failures(verified)[0]).toMatch(/^journal: run \S+: line \d+ of the journal does not verify/);
      }
    }
  });

  test('with the chain recomputed the signature no longer fits, and neither does the report', async () => {
    const changed = rewritten(linesOf(report), basename(run), ship);
    const signed = spoilt((folder) => writeFileSync(join(folder, 'journal.jsonl'), changed));
    expect(failures(await desk.verify(signed, away))).toEqual(
      expect.arrayContaining([
        'subjects: journal.jsonl is not the file that was signed',
        'report: report.md is not what the journal gives; report.html is not what the journal gives; report.json is not what the journal gives',
        'result: the statement says something else than the journal',
      ]),
    );
  });

  test('with everything made anew and unsigned, the posted head line and the live journal tell', async () => {
    const lines = linesOf(report);
    const line = await desk.head(basename(run));
    const forged = stripped((folder) => forge(folder, rewritten(lines, basename(run), ship)));
    expect(await desk.verify(forged, unsigned)).toMatchObject({ code: 0, ok: true });
    expect(failures(await desk.verify(forged, { ...unsigned, head: line }))).toEqual([
      expect.stringMatching(/^head: record \d+ is not the one that the line names: this is another journal$/),
    ]);
    expect(failures(await desk.verify(forged, { allowedSigners: undefined }))).toEqual([
      expect.stringMatching(/^live: the journal of this run on this machine \(\d+ records\) does not extend this one$/),
    ]);
  });

  test('a truncated journal is refused by the head line; one that goes on is accepted', async () => {
    const lines = linesOf(report);
    const line = await desk.head(basename(run));
    const earlier = headOf(lines.slice(0, 5), basename(run));
    const cut = stripped((folder) => forge(folder, Buffer.from(`${lines.slice(0, -1).join('\n')}\n`)));
    expect(await desk.verify(cut, unsigned)).toMatchObject({ ok: true });
    expect(failures(await desk.verify(cut, { ...unsigned, head: line }))).toEqual([
      `head: the line names record ${lines.length}; this journal ends with record ${lines.length - 1}`,
    ]);
    for (const head of [line, `head ${line}`, `  head ${line}\n`, earlier]) {
      expect(await desk.verify(report, { ...away, head })).toMatchObject({ code: 0 });
    }
    expect(detailOf(await desk.verify(report, { ...away, head: earlier }), 'head')).toMatch(
      /extends .* by \d+ records$/,
    );
    const foreign = await desk.head(basename(other));
    expect(failures(await desk.verify(report, { ...away, head: foreign }))[0]).toMatch(/^head: the line is about run/);
  });

  test('bytes after the last record are torn in a live journal, and a change in a report', async () => {
    const copied = spoiltRun((folder) => edit(join(folder, 'journal.jsonl'), (bytes) => `${bytes}{"at`));
    expect(detailOf(await desk.verify(basename(run), copied), 'journal')).toMatch(/a torn tail of 4 bytes left out$/);
    const folder = stripped((copy) => edit(join(copy, 'journal.jsonl'), (bytes) => `${bytes}{"at`));
    expect(failures(await desk.verify(folder, unsigned))).toEqual([
      'journal: it goes on for 4 bytes after its last record',
    ]);
  });

  test('the journal of a run and the one in its report must be one', async () => {
    const swapped = spoiltRun((folder) => {
      rmSync(join(folder, 'report'), { recursive: true });
      cpSync(join(other, 'report'), join(folder, 'report'), { recursive: true });
    });
    expect(failures(await desk.verify(basename(run), swapped))[0]).toBe(
      'live: the journal in the report is not how the journal of this run begins',
    );
  });
});

describe('tamper matrix: what the journal names', () => {
  const firstLog = (folder: string): string => {
    const [log] = filesOf(folder).filter((name) => name.endsWith('-build/1/output.log'));
    if (log === undefined) throw new Error('no log');
    return join(folder, log);
  };

  test('evidence that was changed, cut, swapped, taken away or reached by a link is refused; longer is not', async () => {
    const cases: readonly (readonly [RegExp, (folder: string) => void])[] = [
      [/output\.log" is not what was recorded/, (folder) => edit(firstLog(folder), () => 'bUilding\n')],
      [/output\.log" is not what was recorded/, (folder) => edit(firstLog(folder), (bytes) => bytes.subarray(1))],
      [/output\.log" is missing/, (folder) => rmSync(firstLog(folder))],
      [
        /output\.log" is missing/,
        (folder) => {
          const log = firstLog(folder);
          const copy = desk.put('same-bytes', readFileSync(log));
          rmSync(log);
          symlinkSync(copy, log);
        },
      ],
    ];
    for (const [message, spoil] of cases) {
      expect(failures(await desk.verify(basename(run), spoiltRun(spoil))).join()).toMatch(message);
    }
    const longer = spoiltRun((folder) => edit(firstLog(folder), (bytes) => `${bytes}more`));
    expect(failures(await desk.verify(basename(run), longer))).toEqual([]);
  });

  test('in a bundle no evidence may be missing, and none may be added', async () => {
    const folder = desk.path('opened');
    mkdirSync(folder);
    tool('tar', ['xzf', bundle, '-C', folder]);
    const cases: readonly (readonly [RegExp, (folder: string) => void])[] = [
      [/evidence: .*output\.log" is missing/, (copy) => rmSync(firstLog(copy))],
      [/evidence: "steps\/evil" is not in the journal/, (copy) => writeFileSync(join(copy, 'run/steps/evil'), 'x')],
      [/goes on after what was recorded/, (copy) => edit(firstLog(copy), (bytes) => `${bytes}more`)],
    ];
    for (const [message, spoil] of cases) {
      expect(failures(await desk.verify(spoilt(spoil, folder), away)).join()).toMatch(message);
    }
  });

  test('a pinned document that is another one is refused', async () => {
    const changed = spoiltRun((folder) => {
      const [name] = readdirSync(join(folder, 'documents'));
      edit(join(folder, 'documents', name ?? ''), (bytes) => `${bytes}# changed\n`);
    });
    expect(failures(await desk.verify(basename(run), changed)).join()).toMatch(
      /documents: documents\/\w+\.yaml is another document/,
    );
  });

  test('signatures of another run do not fit', async () => {
    const mixed = spoilt((folder) => {
      for (const name of signatureNames) cpSync(join(other, 'report', name), join(folder, name));
    });
    const found = failures(await desk.verify(mixed, away)).join('\n');
    expect(found).toMatch(/subjects: journal\.jsonl is not the file that was signed/);
    expect(found).toMatch(/result: the statement says something else/);
  });
});

describe('trust', () => {
  const fingerprint = desk.alice.publicKey.fingerprint;

  test('a good signature by somebody unknown is not verified, said plainly', async () => {
    const allowedSigners = desk.put('only-bob', `bob ${desk.bob.publicLine}`);
    expect(failures(await desk.verify(report, { ...away, allowedSigners }))).toEqual([
      `trust: ${fingerprint} is not among the allowed signers`,
    ]);
    const said = await desk.verifyText(report, { ...away, allowedSigners });
    expect(said).toMatchObject({ code: 1 });
    expect(said.stdout).toContain(`The signatures are good; ${fingerprint} is nobody whom you trust for this.`);
    expect((await desk.verifyText(report, away)).code).toBe(1);
  });

  test('expired, not yet valid, wildcard, certificate and other-purpose lines trust nobody, each for its reason', async () => {
    const { publicLine } = desk.alice;
    const cases: readonly (readonly [string, RegExp])[] = [
      [`alice valid-before="20200101Z" ${publicLine}`, /the key expired at 2020-01-01/],
      [`alice valid-after="20990101Z" ${publicLine}`, /the key is valid from 2099-01-01/],
      [`*@example.com ${publicLine}`, /is a pattern; name each principal exactly/],
      [`alice cert-authority ${publicLine}`, /certificates are not taken/],
      [`alice namespaces="git" ${publicLine}`, /may sign for "git", not for "gonogo-report"/],
    ];
    for (const [line, reason] of cases) {
      const verified = await desk.verify(report, { ...away, allowedSigners: desk.put('lines', line) });
      expect(failures(verified)).toEqual([expect.stringMatching(reason)]);
      expect(verified.signers).toEqual([{ key: fingerprint, principal: null, trusted: false }]);
    }
  });

  test('a key that git knows as revoked is not trusted, whatever the allowed signers say', async () => {
    const revoked = desk.put('revoked', desk.alice.publicLine);
    await withGit(`[gpg "ssh"]\n\trevocationFile = ${revoked}\n`, async () => {
      expect(failures(await desk.verify(report, away))).toEqual([expect.stringMatching(/is revoked \(line 1/)]);
    });
    await withGit('[gpg "ssh"]\n\trevocationFile = /no/such/list\n', async () => {
      expect((await desk.verifyText(report, { ...away, allowedSigners: desk.allowed })).code).toBe(2);
    });
  });

  test("without the flag, the person's own git configuration says whom to trust; the one of a bundle never", async () => {
    await withGit(`[gpg "ssh"]\n\tallowedSignersFile = ${desk.allowed}\n`, async () => {
      expect(await desk.verify(report, { ...away, allowedSigners: undefined })).toMatchObject({ code: 0 });
    });
    const hostile = desk.copy(report);
    tool('git', ['-C', hostile, 'init', '-q']);
    tool('git', ['-C', hostile, 'config', 'gpg.ssh.allowedSignersFile', desk.allowed]);
    const before = process.cwd();
    process.chdir(hostile);
    try {
      const verified = await desk.verify(report, { ...away, allowedSigners: undefined });
      expect(verified.signers).toEqual([{ key: fingerprint, principal: null, trusted: false }]);
    } finally {
      process.chdir(before);
    }
  });

  test('the environment names the allowed signers where the flag does not', async () => {
    process.env['GONOGO_ALLOWED_SIGNERS'] = desk.allowed;
    try {
      expect(await desk.verify(report, { ...away, allowedSigners: undefined })).toMatchObject({ code: 0 });
    } finally {
      delete process.env['GONOGO_ALLOWED_SIGNERS'];
    }
  });

  test('a signature for another purpose, by ssh-keygen itself, is refused', async () => {
    for (const namespace of ['file', 'gonogo-approval']) {
      const folder = spoilt((copy) => {
        const statement = readFileSync(join(copy, 'statement.json'));
        const signed = desk.keygen(['-Y', 'sign', '-q', '-n', namespace, '-f', desk.alice.path], statement);
        writeFileSync(join(copy, 'statement.json.sig'), signed.stdout);
      });
      expect(failures(await desk.verify(folder, away))[0]).toMatch(
        `was made for "${namespace}", not for "gonogo-report"`,
      );
    }
  });

  test('a key that signed twice is one signer, and refused as repeated', async () => {
    const folder = spoilt((copy) => cpSync(join(copy, 'statement.json.sig'), join(copy, 'statement.json.2.sig')));
    expect(failures(await desk.verify(folder, away))).toEqual([
      'distinct: statement.json.2.sig repeats the key of statement.json.sig; a key signs once',
    ]);
  });
});

test('what a hostile document says reaches the terminal as text', async () => {
  const started = await desk.run('runbook: "Evil \\e]52;c;aGk=\\a \\u202Etxt"\nphases:\n  only:\n    - run: echo x\n');
  expect(started.code).toBe(0);
  const { stdout } = await desk.verifyText(basename(desk.runFolder(started)));
  expect(stdout).toContain('Evil');
  expect(stdout).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]/);
});

/** Offsets spread over a file, its first and last byte among them. */
function sampled(length: number, count: number): readonly number[] {
  return [...new Set(Array.from({ length: count }, (_, i) => Math.floor((i * (length - 1)) / (count - 1))))];
}

async function plainBundle(): Promise<Said> {
  const path = desk.path('plain.tar');
  const said = await desk.report({ bundle: path }, basename(run));
  return { ...said, stdout: path };
}

/** The journal with one draft replaced, numbered and chained anew, as whoever controls the machine can. */
function rewritten(lines: readonly string[], id: string, change: (draft: EventDraft) => EventDraft): Buffer {
  const { events } = verifyJournal(Buffer.from(`${lines.join('\n')}\n`), id);
  let place: Place = beginning(id);
  const written: string[] = [];
  for (const { seq, at, sha256: _, ...rest } of events) {
    const line = encodeRecord(change(eventDraftSchema.parse(rest)), place, at);
    written.push(line);
    place = { run: id, seq, at, sha256: sha256Hex(Buffer.from(line)) };
  }
  return Buffer.from(`${written.join('\n')}\n`);
}

/** Says that `ship` took an hour. */
function ship(draft: EventDraft): EventDraft {
  if (draft.type !== 'attempt.ended' || draft.data.step !== 'ship') return draft;
  return { ...draft, data: { ...draft.data, ms: 3_600_000 } };
}

/** Makes an unsigned folder whole again around another journal: everything that needs no key. */
function forge(folder: string, journal: Uint8Array): void {
  const { events } = verifyJournal(journal, basename(run));
  const state = reduceAll(events, basename(run));
  const model = buildReport(state, events, textsIn(join(folder, 'documents')));
  writeFileSync(join(folder, 'journal.jsonl'), journal);
  writeFileSync(join(folder, 'report.md'), renderMarkdown(model));
  writeFileSync(join(folder, 'report.html'), renderHtml(model));
  writeFileSync(join(folder, 'report.json'), renderJson(model));
}

function headOf(lines: readonly string[], id: string): string {
  const { head } = verifyJournal(Buffer.from(`${lines.join('\n')}\n`), id);
  return `${id} ${head.seq} ${head.sha256}`;
}

async function withGit(config: string, act: () => Promise<void>): Promise<void> {
  const path = desk.put('home/.gitconfig', config);
  try {
    await act();
  } finally {
    rmSync(path);
  }
}

describe('what is named', () => {
  const inFolder = async (folder: string, act: () => Promise<void>): Promise<void> => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      await act();
    } finally {
      process.chdir(before);
    }
  };

  test('a whole run id and "latest" are a run, whatever lies in the current folder; with a slash it is a path', async () => {
    const folder = desk.path('shadows');
    const fake = join(folder, basename(run));
    cpSync(report, fake, { recursive: true });
    cpSync(report, join(folder, 'latest'), { recursive: true });
    writeFileSync(join(fake, 'evil.html'), 'x');
    await inFolder(folder, async () => {
      expect(detailOf(await desk.verify(basename(run)), 'evidence')).toMatch(/as recorded$/);
      expect(detailOf(await desk.verify('latest'), 'evidence')).toMatch(/as recorded$/);
      expect(failures(await desk.verify(`./${basename(run)}`))).toEqual([uncovered('evil.html'), foreign('evil.html')]);
    });
    expect(await desk.verifyText(basename(run), away)).toMatchObject({ code: 2 });
  });

  test('a part of an id is a run only where there is no such path', async () => {
    const part = basename(run).slice(-4);
    expect(detailOf(await desk.verify(part), 'evidence')).toMatch(/as recorded$/);
    const folder = desk.path('parts');
    cpSync(report, join(folder, part), { recursive: true });
    await inFolder(folder, async () => {
      expect(detailOf(await desk.verify(part), 'evidence')).toMatch(/^evidence not here/);
    });
  });

  test("a run's own folder is refused by its path, with a hint to use its id", async () => {
    const said = await desk.verifyText(run);
    expect(said).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(`gonogo verify ${basename(run)}`),
    });
  });

  test('a folder that looks like a run is as strict as any: what nothing covers is named', async () => {
    const folder = desk.path('looks', basename(run));
    cpSync(run, folder, { recursive: true });
    cpSync(join(run, 'report'), folder, { recursive: true });
    writeFileSync(join(folder, 'report.html'), '<h1>all is well</h1>');
    const found = failures(await desk.verify(folder, away)).join('\n');
    expect(found).toMatch(/subjects: report\.html is not the file that was signed/);
    expect(found).toMatch(/lock\.db is not covered by the statement/);
    expect(found).toMatch(/steps\/001-build\/1\/output\.log is not covered by the statement/);
  });
});

describe('what is not checked is not verified', () => {
  test('evidence that the statement announces must be there', async () => {
    const started = await desk.run(document);
    const bundled = desk.path('announced.tar');
    expect(await desk.report({ sign: desk.alice.path, bundle: bundled })).toMatchObject({ code: 0 });
    expect(failures(await desk.verify(bundled, away))).toEqual([]);
    const folder = desk.path('announced');
    mkdirSync(folder);
    expect(tool('tar', ['xf', bundled, '-C', folder]).exit).toBe(0);
    expect(failures(await desk.verify(folder, away))).toEqual([]);
    rmSync(join(folder, 'run'), { recursive: true });
    const missing = 'evidence: evidence not here: the statement announces it; verify the bundle, or the run by its id';
    expect(failures(await desk.verify(folder, away))).toEqual([missing]);
    expect(failures(await desk.verify(basename(desk.runFolder(started))))).toEqual([]);
  });

  test('a countersignature vouches for nothing without the first signature, nor in its place', async () => {
    const folder = desk.path('countersigned');
    expect(await desk.report({ sign: desk.alice.path, out: folder }, basename(run))).toMatchObject({ code: 0 });
    expect(await desk.report({ sign: desk.bob.path, out: folder }, basename(run))).toMatchObject({ code: 0 });
    expect(failures(await desk.verify(folder, away))).toEqual([]);
    const first = ['statement.json.sig', 'statement.dsse.json'];
    const alone = spoilt(
      (copy) =>
        first.forEach((name) => {
          rmSync(join(copy, name));
        }),
      folder,
    );
    expect(failures(await desk.verify(alone, away))).toEqual(['sshsig: statement.json.sig is missing']);
    const posing = spoilt((copy) => {
      for (const name of first) rmSync(join(copy, name));
      renameSync(join(copy, 'statement.json.2.sig'), join(copy, 'statement.json.sig'));
    }, folder);
    expect(failures(await desk.verify(posing, away)).join('\n')).toMatch(
      /sshsig: statement\.json\.sig is by SHA256:\S+; the statement names "SHA256:\S+" as its first signer/,
    );
  });

  test('trust that is configured demands a signature: by flag and environment of runs too, by git of what was handed over', async () => {
    const started = await desk.run(document);
    const id = basename(desk.runFolder(started));
    await desk.report();
    const folder = desk.copy(join(desk.runFolder(started), 'report'));
    const asked = 'signature: unsigned, and a signature by one of the allowed signers was asked for';
    const none = { allowedSigners: undefined };
    expect(await desk.verify(id, none)).toMatchObject({ ok: true, signed: false, trusted: false });
    await withGit(`[gpg "ssh"]\n\tallowedSignersFile = ${desk.allowed}\n`, async () => {
      expect(failures(await desk.verify(id, none))).toEqual([]);
      expect(failures(await desk.verify(folder, { ...away, ...none }))).toEqual([asked]);
    });
    process.env['GONOGO_ALLOWED_SIGNERS'] = desk.allowed;
    try {
      expect(failures(await desk.verify(id, none))).toEqual([asked]);
      expect(failures(await desk.verify(folder, { ...away, ...none }))).toEqual([asked]);
    } finally {
      delete process.env['GONOGO_ALLOWED_SIGNERS'];
    }
    expect(await desk.verify(bundle, away)).toMatchObject({ signed: true, trusted: true });
    expect(await desk.verify(bundle, { ...away, ...none })).toMatchObject({ ok: false, signed: true, trusted: false });
  });
});

describe('time', () => {
  test('a key is judged as of now, or as of the time that is named, which is said', async () => {
    const expired = desk.put('expired', `alice valid-before="20200101Z" ${desk.alice.publicLine}`);
    const now = new Date().toISOString().slice(0, 10).replaceAll('-', '');
    const until = desk.put(
      'until',
      `alice valid-before="${Number(now.slice(0, 4)) + 1}0101Z" ${desk.alice.publicLine}`,
    );
    expect(failures(await desk.verify(report, { ...away, allowedSigners: expired }))).toHaveLength(1);
    expect(failures(await desk.verify(report, { ...away, allowedSigners: until }))).toEqual([]);
    const later = await desk.verify(report, { ...away, allowedSigners: until, at: '2090-01-01T00:00:00Z' });
    expect(failures(later)).toEqual([expect.stringMatching(/^trust: .*the key expired at/)]);
    expect(detailOf(later, 'time')).toBe('judged as of 2090-01-01T00:00:00.000Z, not as of now');
    const before = await desk.verify(report, { ...away, at: '2020-01-01' });
    expect(failures(before)).toEqual([expect.stringMatching(/^statement: .* which is in the future$/)]);
    for (const at of ['yesterday', '2026-13-01', '2026-01-01T00:00:00+01:00', '2026-01-01 00:00']) {
      expect(await desk.verifyText(report, { ...away, at })).toMatchObject({ code: 2, stdout: '' });
    }
  });

  test('a statement that was signed before its journal was written is refused', async () => {
    const folder = desk.copy(report);
    const statement = parseStatement(readFileSync(join(folder, 'statement.json')));
    const { predicate } = statement;
    const subjects = subjectFiles(statement);
    const early = toStatement(subjects, { ...predicate, signedAt: predicate.startedAt });
    for (const { name, bytes } of await signReport(early, fileSigner(desk.alice)))
      writeFileSync(join(folder, name), bytes);
    expect(failures(await desk.verify(folder, away))).toEqual([
      expect.stringMatching(/^result: it says it was signed at .*, before the last record of its journal was written$/),
    ]);
  });
});
