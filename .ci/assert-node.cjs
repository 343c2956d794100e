/*
 * Stops an npm script with one line when Node is too old. The devDependency `node` puts a new enough one first on the
 * path of npm scripts, so this speaks only when that is missing. It keeps to syntax that any Node reads.
 */
'use strict';

var parts = process.versions.node.split('.').map(Number);
if (parts[0] < 22 || (parts[0] === 22 && parts[1] < 13)) {
  console.error(
    'gonogo: Node 22.13 or newer is needed and this is ' +
      process.version +
      '. Run `npm ci`, which brings one for the npm scripts, and use `npm run` rather than calling them by hand.',
  );
  process.exit(2);
}
