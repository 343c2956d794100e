import { describe, expect, test } from 'vitest';
import { exitReason, timeoutReason } from '../../src/run/failure.ts';
import { judge, type ToJudge } from '../../src/run/judge.ts';

const command = { defaultExpect: 'exit == 0', captureField: 'stdout' };
const http = { defaultExpect: 'status >= 200 && status < 300', captureField: 'body' };

function judged(given: {
  spec?: ToJudge['spec'];
  body?: Partial<ToJudge['body']>;
  measured?: Partial<ToJudge['measured']>;
  values?: ToJudge['values'];
  variables?: ToJudge['variables'];
  secrets?: string[];
}) {
  return judge({
    spec: given.spec ?? command,
    body: { expect: [], capture: {}, ...given.body },
    measured: { fields: {}, exit: null, status: null, reason: null, ...given.measured },
    values: given.values ?? {},
    variables: given.variables ?? {},
    secrets: given.secrets ?? [],
  });
}

function ran(exit: number, fields: ToJudge['measured']['fields'] = {}) {
  return { exit, fields: { exit: BigInt(exit), output: '', ms: 5n, ...fields } };
}

function answered(status: number, fields: ToJudge['measured']['fields'] = {}) {
  return { status, fields: { status: BigInt(status), ms: 12n, ...fields } };
}

describe('the default expectation', () => {
  test('holds beside the own ones', () => {
    const result = judged({ body: { expect: ['ms < 500'] }, measured: ran(1) });
    expect(result).toMatchObject({ ok: false, reason: 'exit 1' });
    expect(result.expectations.map(({ source, ok }) => [source, ok])).toEqual([
      ['exit == 0', false],
      ['ms < 500', true],
    ]);
  });

  test('is left out when one of them speaks of exit or status', () => {
    expect(judged({ body: { expect: ['exit in [0, 3]'] }, measured: ran(3) })).toMatchObject({
      ok: true,
      reason: null,
    });
    expect(judged({ spec: http, body: { expect: ['status == 404'] }, measured: answered(404) }).ok).toBe(true);
  });

  test('is not left out for a word in text or a member of that name', () => {
    expect(judged({ body: { expect: ['output != "exit"'] }, measured: ran(1) }).ok).toBe(false);
    const measured = answered(503, { json: { status: 'ok' } });
    expect(judged({ spec: http, body: { expect: ['json.status == "ok"'] }, measured }).reason).toBe('HTTP 503');
  });
});

describe('reasons', () => {
  test.each([
    [1, '', 'exit 1'],
    [137, '', 'killed by signal 9 (KILL): somebody ended it, or the machine had no memory left (see dmesg)'],
    [
      141,
      '',
      'killed by signal 13 (PIPE): what reads a pipe, such as head or grep -q, ended before what writes into it; let it read to the end',
    ],
    [1, 'script: line 1: elsewhere: unbound variable\n', 'exit 1: $elsewhere is not set'],
    [
      1,
      'the input device is not a TTY\n',
      'exit 1: it wants a terminal: say `tty: true` at the step, or tell the command to do without',
    ],
    [143, '', 'killed by signal 15 (TERM)'],
    [
      127,
      'script: line 2: terrafrom: command not found\n',
      'command not found: terrafrom (exit 127): install it, or put its folder on PATH',
    ],
    [
      127,
      'sh: 1: terrafrom: not found\n',
      'command not found: terrafrom (exit 127): install it, or put its folder on PATH',
    ],
    [127, '', 'command not found (exit 127): install it, or put its folder on PATH'],
    [126, '', 'the command cannot be executed (exit 126): it is no program, or its file is not executable (chmod +x)'],
    [255, '', 'exit 255'],
  ])('exit %i %s', (exit, output, reason) => {
    expect(exitReason(exit, output)).toBe(reason);
    expect(judged({ measured: ran(exit, { output }) }).reason).toBe(reason);
  });

  test('a variable that is not set is named with the one that was probably meant', () => {
    const variables = { version: { type: 'string', secret: false } } as const;
    const output = '/state/script: line 3: verison: unbound variable\n';
    const { reason } = judged({ variables, measured: ran(1, { output }) });
    expect(reason).toBe('exit 1: $verison is not set; did you mean $version?');
  });

  test('a timeout is worded in the unit it was written in', () => {
    expect([600_000, 90_000, 250, 86_400_000].map(timeoutReason)).toEqual([
      'timed out after 10m',
      'timed out after 90s',
      'timed out after 250ms',
      'timed out after 1d',
    ]);
  });

  test('a failed expectation shows the values that it saw', () => {
    const measured = answered(200, { json: { status: 'down', at: { n: 2n } } });
    const result = judged({ spec: http, body: { expect: ['json.status == "ok" && json.at.n > 1'] }, measured });
    expect(result.reason).toBe(
      'expected json.status == "ok" && json.at.n > 1, but json.status = "down", json.at.n = 2',
    );
  });

  test('an expectation that cannot be evaluated is not met and says why', () => {
    const absent = { json: 'the body is not JSON: not a JSON value (line 1, column 1)' };
    const result = judged({ spec: http, body: { expect: ['json.ok'] }, measured: { ...answered(200), absent } });
    expect(result.reason).toBe('expected json.ok, but the body is not JSON: not a JSON value (line 1, column 1)');
  });

  test('an expectation that is no truth value is not met', () => {
    expect(judged({ body: { expect: ['ms'] }, measured: ran(0) }).reason).toBe(
      'expected ms, but it is neither true nor false but 5',
    );
  });

  test('details are bounded and hold no secret, whole or in part', () => {
    const secret = `s3cr3t${'x'.repeat(60)}`;
    const output = `${'o'.repeat(50)}${secret}${'z'.repeat(500)}`;
    const result = judged({ body: { expect: ['output == ""'] }, measured: ran(0, { output }), secrets: [secret] });
    const detail = result.expectations[1]?.detail ?? '';
    expect(detail.length).toBeLessThanOrEqual(200);
    expect(detail).not.toContain('s3cr3t');
    expect(detail).toContain('•••');
  });

  test('what could not be measured is the reason, and nothing is tested', () => {
    const result = judged({ spec: http, measured: { reason: 'connection refused by 127.0.0.1:1' } });
    expect(result).toMatchObject({ ok: false, reason: 'connection refused by 127.0.0.1:1', expectations: [] });
  });
});

describe('capture', () => {
  test('takes the field of the action trimmed and other expressions as they print', () => {
    const body = { capture: { body: 'body', id: 'json.id', both: 'app + ":" + string(status)' } };
    const measured = answered(200, { body: ' x \n', json: { id: 12n } });
    expect(judged({ spec: http, body, measured, values: { app: 'shop' } }).captured).toEqual({
      body: 'x',
      id: '12',
      both: 'shop:200',
    });
  });

  test('nothing is captured from a try that failed', () => {
    expect(judged({ body: { capture: { out: 'stdout' } }, measured: ran(1, { stdout: 'x' }) }).captured).toEqual({});
  });

  test('a value that is too large, or not what its variable takes, fails the try', () => {
    const large = judged({ body: { capture: { out: 'stdout' } }, measured: ran(0, { stdout: 'x'.repeat(40_000) }) });
    expect(large).toMatchObject({ ok: false, reason: 'could not capture out: it must be at most 32 KiB long' });
    const typed = judged({
      body: { capture: { n: 'stdout' } },
      measured: ran(0, { stdout: 'many' }),
      variables: { n: { type: 'int', secret: false } },
    });
    expect(typed.reason).toBe('could not capture n: it must be a whole number such as 3, but it is "many"');
  });

  test('a secret is not captured', () => {
    const result = judged({
      body: { capture: { out: 'stdout' } },
      measured: ran(0, { stdout: 'token=hunter2' }),
      secrets: ['hunter2'],
    });
    expect(result).toMatchObject({ ok: false, captured: {}, reason: 'could not capture out: it holds a secret' });
  });
});

describe('give_up', () => {
  const body = { expect: [], capture: {}, retry: { times: 9, everyMs: 1, passes: 1, giveUp: 'status == 401' } };

  test('ends the tries when it holds after a failure', () => {
    expect(judged({ spec: http, body, measured: answered(401) }).gaveUp).toBe(true);
    expect(judged({ spec: http, body, measured: answered(503) }).gaveUp).toBe(false);
  });

  test('an error in it gives nothing up', () => {
    expect(judged({ spec: http, body, measured: { reason: 'connection refused' } }).gaveUp).toBe(false);
  });
});

describe('secrets', () => {
  const secret = 'a"b\\c  d\nline two';

  test.each([
    ['an expectation', { body: { expect: ['output == "x"'] }, measured: ran(0, { output: `<${secret}>` }) }],
    ['part of a value', { body: { expect: ['json.token == ""'] }, measured: ran(0, { json: { token: secret } }) }],
    ['a value that is no answer', { body: { expect: ['output'] }, measured: ran(0, { output: secret }) }],
    ['a reason of the action', { measured: { ...ran(1), reason: `refused ${secret} twice` } }],
    ['a command not found', { measured: ran(127, { output: `bash: line two: command not found` }) }],
    [
      'a value that does not fit',
      {
        body: { expect: [], capture: { count: 'output' } },
        variables: { count: { type: 'int', secret: false } },
        measured: ran(0, { output: secret }),
      },
    ],
  ] as const)('are masked before anything quotes, folds or shortens them: %s', (_, given) => {
    const { body, ...rest } = { body: {}, ...given };
    const result = judged({
      ...rest,
      body: { ...body, expect: [...('expect' in body ? body.expect : [])] },
      secrets: [secret],
    });
    const told = JSON.stringify([result.reason, result.expectations.map(({ detail }) => detail)]);
    expect(result.ok).toBe(false);
    expect(told).toContain('•••');
    expect(told).not.toMatch(/a.{0,4}b.{0,5}c|line two/);
  });

  test('are not captured in any spelling', () => {
    const text = Buffer.from(`user:${secret}`).toString('base64');
    const result = judged({
      body: { capture: { seen: 'output' } },
      measured: ran(0, { output: text }),
      secrets: [secret],
    });
    expect(result).toMatchObject({ ok: false, reason: 'could not capture seen: it holds a secret', captured: {} });
  });
});
