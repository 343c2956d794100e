/*
 * Loads gonogo proper. Node calls its sqlite module experimental and says so on stderr at every start; that one warning
 * tells an operator nothing, so it alone is left out.
 */
'use strict';

const emitWarning = process.emitWarning;
process.emitWarning = (warning, ...rest) => {
  const text = typeof warning === 'string' ? warning : warning.message;
  if (text.startsWith('SQLite is an experimental feature')) return;
  emitWarning.call(process, warning, ...rest);
};

import('./cli.js').catch((error) => {
  console.error(`gonogo: this installation is damaged (${error.message}). Install it again.`);
  process.exitCode = 2;
});
