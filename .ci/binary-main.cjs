/*
 * The first module of the single executable, and of each thread that it starts: serves the modules of `dist/`, which the executable
 * carries as assets, as if they lay in `/gonogo.binary/`, and runs the one that is meant.
 *
 * `--gonogo-node=FILE` as first word runs FILE, carried or on the disk, as `node FILE` would: a machine that has the executable has
 * no Node. Everything else is `gonogo`.
 */
'use strict';

const { createRequire, registerHooks } = require('node:module');
const { getAsset } = require('node:sea');
const { pathToFileURL } = require('node:url');
const { isMainThread } = require('node:worker_threads');

const base = 'file:///gonogo.binary/';

registerHooks({
  resolve(specifier, context, next) {
    const carried = specifier.startsWith(base) || (specifier.startsWith('./') && context.parentURL?.startsWith(base));
    if (!carried) return next(specifier, context);
    return { url: new URL(specifier, context.parentURL ?? base).href, format: null, shortCircuit: true };
  },
  load(url, context, next) {
    if (!url.startsWith(base)) return next(url, context);
    const source = getAsset(`dist/${url.slice(base.length)}`, 'utf8');
    return { format: url.endsWith('.cjs') ? 'commonjs' : 'module', source, shortCircuit: true };
  },
});

const asked = /^--gonogo-node=(.+)$/s.exec(process.argv[2] ?? '')?.[1];
if (asked === undefined) {
  createRequire(base)('./gonogo.cjs');
} else {
  process.argv.splice(1, 2, asked);
  const failed = (error) => {
    if (!isMainThread) throw error;
    console.error(error);
    process.exit(1);
  };
  import(pathToFileURL(asked).href).catch(failed);
}
