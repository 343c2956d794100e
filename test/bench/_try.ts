import { mkdtempSync, rmSync } from 'node:fs';
import { auditTime } from './audit.ts';

const f = mkdtempSync('/tmp/gonogo-b-');
try {
  console.log(await auditTime.run(f));
} finally {
  rmSync(f, { recursive: true });
}
