/** The category scores of the five documents, as weights of answered items: what the whole must then be. */
import { describe, expect, test } from 'vitest';
import { auditHeard, auditJson, temporaryFolder, textFile } from './repository.ts';

/** A checklist whose categories reach exactly `scores` of ten, and the answers to it. */
function documentOf(scores: Readonly<Record<string, number>>): { checklist: string; answers: string } {
  const lines = ['checklist: Scores of a document', 'categories:'];
  const answers: string[] = [];
  for (const [id, score] of Object.entries(scores)) {
    lines.push(`  ${id}:`, '    items:');
    for (const [part, weight] of [
      ['reached', score],
      ['missing', 10 - score],
    ] as const) {
      if (weight === 0) continue;
      lines.push(`      - { id: ${id}_${part}, severity: low, weight: ${weight}, manual: "${id} ${part}?" }`);
      answers.push(`${id}_${part}: { ${part === 'reached' ? 'pass' : 'fail'}: "as the document says" }`);
    }
  }
  return {
    checklist: textFile('scores.yaml', lines.join('\n')),
    answers: textFile('answers.yaml', answers.join('\n')),
  };
}

async function wholeOf(scores: Readonly<Record<string, number>>): Promise<number | null> {
  const { checklist, answers } = documentOf(scores);
  const { score, categories } = await auditJson(checklist, {
    answers,
    repo: temporaryFolder(),
    state: temporaryFolder(),
  });
  for (const [id, expected] of Object.entries(scores)) expect(categories[id]?.score).toBe(expected);
  return score;
}

describe('scores of the documents', () => {
  test('release audit (000): 7.6, as the document says', async () => {
    expect(await wholeOf({ containers: 9, scripts: 7, documentation: 6, testing: 8, environment: 8 })).toBe(7.6);
  });

  test('release report (001), difference: 9.00, the mean of five nines; the document says 9.2', async () => {
    expect(await wholeOf({ containers: 9, scripts: 9, documentation: 9, testing: 9, environment: 9 })).toBe(9);
  });

  test('procedures audit (002), difference: 4.20; the document rounds it to 4', async () => {
    expect(await wholeOf({ infrastructure: 6, automation: 3, security: 4, monitoring: 3, documentation: 5 })).toBe(4.2);
  });

  test('process review (003): 9, as the document says', async () => {
    expect(await wholeOf({ pipeline: 9, migrations: 8, afterwards: 9, rollback: 10 })).toBe(9);
  });

  test('preparedness audit (004): 4.33; the document says 4.3', async () => {
    const scores = { backend: 6, frontend: 6, dependencies: 4, configuration: 5, documentation: 3, testing: 2 };
    expect(await wholeOf(scores)).toBe(4.33);
  });

  test('--explain shows numbers from which the score can be computed again', async () => {
    const { checklist, answers } = documentOf({ backend: 6, testing: 2 });
    const { out } = await auditHeard(checklist, {
      answers,
      explain: true,
      repo: temporaryFolder(),
      state: temporaryFolder(),
    });
    expect(out).toContain('  6 of 6       backend_reached (low) passed\n');
    expect(out).toContain('  0 of 4       backend_missing (low) failed: as the document says\n');
    expect(out).toContain('  = 10 × 6 ÷ 10 = 6.00\n');
    expect(out).toContain('whole: (1 × 10 × 6 ÷ 10 + 1 × 10 × 2 ÷ 10) ÷ 2 = 4.00\n');
  });
});
