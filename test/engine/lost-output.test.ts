/** The filter that masks secrets dies in the middle of a step: what it had not written is lost, and nothing hides that. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Stage } from '../examples/stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

test('the step has failed, its evidence is incomplete, and verify and the report say so', async () => {
  stage.env['TOKEN'] = 'hunter2hunter2';
  const file = stage.write(
    'runbook.yaml',
    `runbook: Test
vars: { token: { env: TOKEN, secret: true } }
phases:
  all:
    - id: masked
      env: { token: "\${{ token }}" }
      run: |
        trap '' PIPE
        echo begun
        kill -9 "$(cut -d' ' -f5 "\${0%/*}/claim")"
        echo the last line || true
`,
  );
  const ended = await stage.headless(file);
  expect(ended.code, ended.stderr).toBe(3);
  expect(ended.stdout).toContain('some of its output is lost');
  const [step] = (await stage.shown()).steps;
  expect(step).toMatchObject({ status: 'failed', evidence: [expect.objectContaining({ incomplete: true })] });
  const verified = await stage.gonogo('verify', 'latest');
  expect(verified.stdout).toMatch(/incomplete, because output was lost: .*masked\/1\/output\.log/);
  await stage.gonogo('report', 'latest', '--out', stage.path('report'));
  expect(stage.read('report/report.md')).toContain('incomplete');
});
