/*
 * Loads gonogo proper. Node calls its sqlite module experimental and says so on stderr at every start; that one warning
 * tells an operator nothing, so it alone is left out.
 */
'use strict';

const { lstatSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { isAbsolute, join } = require('node:path');

const emitWarning = process.emitWarning;
process.emitWarning = (warning, ...rest) => {
  const text = typeof warning === 'string' ? warning : warning.message;
  if (text.startsWith('SQLite is an experimental feature')) return;
  emitWarning.call(process, warning, ...rest);
};

/*
 * What V8 made of the sources is kept for the next start, a quarter of which it saves: in the cache folder of the user, where there is
 * one, and not in a folder that others may write to. NODE_DISABLE_COMPILE_CACHE=1 turns it off.
 */
const caches = process.env.XDG_CACHE_HOME || (process.env.HOME ? join(process.env.HOME, '.cache') : '');
const own = join(caches, 'gonogo');
if (isAbsolute(caches) && isOurs(caches) && isOurs(own) !== false) enableCompileCache(own);

/** Whether only this user may write to the folder; undefined: it is not there. What lies in it is run. */
function isOurs(folder) {
  try {
    const found = lstatSync(folder, { throwIfNoEntry: false });
    return found?.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
  } catch {
    // It may not be looked at, or a file stands in its way: then it is not this user's.
    return false;
  }
}

import('./cli.js').catch((error) => {
  console.error(`gonogo: this installation is damaged (${error.message}). Install it again.`);
  process.exitCode = 2;
});
