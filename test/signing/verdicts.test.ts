/** Our verdict on a signature is never yes where that of `ssh-keygen` is no. */
import { expect, test } from 'vitest';
import { byKeygen, byUs, verdicts } from './verdicts.ts';
import { fileSigner, makeFolder, makeKeyFile, makeSecurityKey } from './workbench.ts';

const folder = makeFolder();
const ed25519 = makeKeyFile(folder, 'ed25519', ['-t', 'ed25519']);
const rsa = makeKeyFile(folder, 'rsa', ['-t', 'rsa', '-b', '2048']);
const hands = [
  byUs(fileSigner(ed25519)),
  byKeygen(makeKeyFile(folder, 'p256', ['-t', 'ecdsa', '-b', '256'])),
  byKeygen(makeKeyFile(folder, 'p384', ['-t', 'ecdsa', '-b', '384'])),
  byKeygen(makeKeyFile(folder, 'p521', ['-t', 'ecdsa', '-b', '521'])),
  byKeygen(rsa, '-O', 'hashalg=sha256'),
  byUs(makeSecurityKey('ed25519', true)),
  byUs(makeSecurityKey('ecdsa', true)),
];
const wanted = Number(process.env['GONOGO_VERDICTS'] ?? '60');

test(`${wanted} questions of keys, options, times and namespaces: no yes of ours is a no of ssh-keygen's`, {
  timeout: 20_000 + wanted * 200,
}, async () => {
  let [yes, stricter] = [0, 0];
  for (let seed = 1; seed <= wanted; seed += 1) {
    const { ours, theirs, namedByThem, reason, asked } = await verdicts(seed, hands, folder);
    expect(ours && !theirs, `we say yes and ssh-keygen no: ${asked}`).toBe(false);
    expect(namedByThem, `we name somebody of whom ssh-keygen says no: ${asked}`).toBe(true);
    // Where ours is the stricter one it says why.
    expect(!ours && theirs && reason === '', `we say no and not why: ${asked}`).toBe(false);
    if (ours) yes += 1;
    else if (theirs) stricter += 1;
  }
  // The questions are such that both answers come.
  expect(yes).toBeGreaterThan(wanted / 20);
  expect(stricter).toBeGreaterThan(0);
});
