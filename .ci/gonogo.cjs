/*
 * The `gonogo` command as installed: dist/gonogo.cjs. It keeps to syntax that any Node reads, so that an old one can
 * say what it needs; what needs a new one is in start.cjs beside it.
 *
 * It answers `--version` itself, because loading nothing is the fastest way to say it.
 */
'use strict';

var parts = process.versions.node.split('.').map(Number);
if (parts[0] < 22 || (parts[0] === 22 && parts[1] < 13)) {
  console.error('gonogo: Node 22.13 or newer is needed and this is ' + process.version + '. Install a newer Node.');
  process.exitCode = 2;
} else if (process.argv.length === 3 && process.argv[2] === '--version') {
  process.stdout.write(GONOGO_VERSION + '\n');
} else {
  require('./start.cjs');
}
