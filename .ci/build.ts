/**
 * Makes `dist/`: what `npm start` runs and what the package holds.
 *
 * Invariants:
 * - Chunks lie flat in `dist/`, so a file that a module finds beside itself by `import.meta.url` is beside it there too.
 * - What only the terminal app needs is behind `import()`, hence in chunks that `check` and headless runs never read.
 *   `test/architecture` holds this against the metafile that `bundle` returns.
 * - `LICENSES.txt` holds the terms of every package whose code is in it.
 * - New files are written before stale ones are removed, so a gonogo that starts meanwhile finds what it asks for.
 */
import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, type BuildResult, build, type Metafile, type Plugin, transform } from 'esbuild';
import { licencesText, packagesIn } from './licences.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

/** Files that run as processes of their own, and that the sources find beside themselves as `NAME.ts` or `NAME.cjs`, which starts sooner. */
const processes = ['src/target/local/mask-filter.ts'];

/** Files that run as threads of their own, found in the same way; they share chunks with the rest. */
const threads = ['src/commands/verify-thread.ts', 'src/app/preview-thread.ts'];

/** Yoga, which Ink lays out with, fetches its own bytes as a data: URL, for which Node loads all of its HTTP client. */
const yogaWithoutFetch: Plugin = {
  name: 'yoga-without-fetch',
  setup({ onLoad }) {
    onLoad({ filter: /yoga-wasm-base64-esm\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const [ask, decode] = ['return w||"function"!=typeof fetch?', 'function wa(){'];
      if (!source.includes(ask) || !source.includes(decode))
        throw new Error('yoga-layout loads its bytes in another way than build.ts knows');
      const contents = source
        .replace(ask, 'return true?')
        .replace(decode, `${decode}return Buffer.from(H.slice(H.indexOf(",")+1),"base64");`);
      return { contents, loader: 'js' };
    });
  },
};

/**
 * React comes to be minified by whoever bundles it, names too, and is a third of what the terminal app loads. Everything else keeps
 * its names: they are what a fault of ours is reported with.
 */
const shortReact: Plugin = {
  name: 'short-react',
  setup({ onLoad }) {
    onLoad(
      { filter: /node_modules\/(?:react|react-reconciler|scheduler)\/cjs\/.*\.production\.js$/ },
      async ({ path }) => {
        const source = await readFile(path, 'utf8');
        const { code } = await transform(source, { minify: true, define: { 'process.env.NODE_ENV': '"production"' } });
        return { contents: code, loader: 'js' };
      },
    );
  },
};

/** Widths of what screens are made of, without tables; see `string-width.js`. */
const quickWidths: Plugin = {
  name: 'quick-widths',
  setup({ onResolve }) {
    onResolve({ filter: /^string-width$/ }, () => ({ path: join(root, '.ci/string-width.js') }));
  },
};

/** What makes the sources into what is shipped, wherever they are bundled. */
export const asShipped = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.13',
  minifySyntax: true,
  plugins: [yogaWithoutFetch, quickWidths, shortReact],
  alias: { 'react-devtools-core': join(root, '.ci/react-devtools-stub.js') },
  define: { 'process.env.NODE_ENV': '"production"' },
  // Some dependencies are CommonJS and call `require` for Node's own modules, which an ES module has not got.
  banner: {
    js: "import{createRequire as _gonogoRequire}from'node:module';const require=_gonogoRequire(import.meta.url);",
  },
  logLevel: 'warning',
} satisfies BuildOptions;

/** Bundles `src/cli.ts`. `write: false` touches no file and serves to look at the metafile. */
export async function bundle(write: boolean): Promise<Metafile> {
  const result: BuildResult<{ metafile: true }> = await build({
    ...asShipped,
    entryPoints: ['src/cli.ts', ...threads],
    outdir: dist,
    write,
    splitting: true,
    metafile: true,
    entryNames: '[name]',
    chunkNames: 'chunk-[hash]',
    minifyWhitespace: true,
    legalComments: 'none',
  });
  return result.metafile;
}

async function buildAll(): Promise<void> {
  const metafile = await bundle(true);
  const kept = new Set(Object.keys(metafile.outputs).map((path) => path.replace(/^dist\//, '')));
  for (const path of processes) kept.add(await bundleProcess(path));
  for (const name of ['gonogo.cjs', 'start.cjs']) kept.add(await writeStub(name));
  await writeFile(join(dist, 'LICENSES.txt'), licencesText(packagesIn(metafile)));
  kept.add('LICENSES.txt');
  await chmod(join(dist, 'gonogo.cjs'), 0o755);
  for (const name of await readdir(dist)) {
    if (!kept.has(name)) await rm(join(dist, name), { recursive: true });
  }
}

async function bundleProcess(path: string): Promise<string> {
  const name = `${basename(path, '.ts')}.cjs`;
  await build({
    absWorkingDir: root,
    entryPoints: [path],
    outfile: join(dist, name),
    bundle: true,
    minifySyntax: true,
    minifyWhitespace: true,
    format: 'cjs',
    platform: 'node',
    target: 'node22.13',
    logLevel: 'warning',
  });
  return name;
}

async function writeStub(name: string): Promise<string> {
  const source = await readFile(join(root, '.ci', name), 'utf8');
  const { code } = await transform(source, {
    platform: 'node',
    minifyWhitespace: true,
    define: { GONOGO_VERSION: JSON.stringify(await packageVersion()) },
  });
  await writeFile(join(dist, name), name === 'gonogo.cjs' ? `#!/usr/bin/env node\n${code}` : code);
  return name;
}

async function packageVersion(): Promise<string> {
  const text = await readFile(join(root, 'package.json'), 'utf8');
  const manifest: unknown = JSON.parse(text);
  if (
    typeof manifest === 'object' &&
    manifest !== null &&
    'version' in manifest &&
    typeof manifest.version === 'string'
  ) {
    return manifest.version;
  }
  throw new Error('package.json has no version');
}

if (import.meta.main) {
  await buildAll().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
