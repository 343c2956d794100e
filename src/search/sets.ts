/**
 * Named sets of files that a search leaves out, told by their paths as people and tools name them; what `.gitattributes` says
 * for linguist goes before (see attributes.ts).
 */

export const setNames = ['tests', 'docs', 'changelogs', 'vendored', 'generated', 'lock files'] as const;
export type SetName = (typeof setNames)[number];

const lockNames =
  'package-lock\\.json|npm-shrinkwrap\\.json|pnpm-lock\\.yaml|go\\.sum|bun\\.lockb|packages\\.lock\\.json|gradle\\.lockfile|Package\\.resolved|\\.terraform\\.lock\\.hcl|[^/]+\\.lock';

const sets: Readonly<Record<SetName, readonly RegExp[]>> = {
  tests: [
    /(^|\/)(\.?tests?([-_][^/]+)?|[^/]+[-_]tests?|__tests__|specs?|e2e|testing|testdata|fixtures?|__mocks__|mocks|cypress|playwright)\//i,
    /(^|\/)(test_[^/]*|[^/]*_tests?|tests|conftest)\.py$/,
    /[._-](test|tests|spec|e2e|cy)\.[a-z]+$/i,
    /_(test|spec)\.(go|rb|exs?|c|cc|cpp|dart)$/,
    /(Test|Tests|IT|Spec)\.(java|kt|cs|scala|groovy|php|swift)$/,
    /\.(bats|feature)$/,
  ],
  docs: [/\.(md|mdx|markdown|rst|adoc|asciidoc)$/i, /(^|\/)(docs?|documentation)\//i],
  changelogs: [
    /(^|\/)(CHANGELOG|CHANGES|HISTORY|NEWS|RELEASES|RELEASE[-_]?NOTES?)(\.[a-z]+)*$/i,
    /(^|\/)(\.changeset|changelogs?(\.d)?|release[-_]notes)\//i,
  ],
  vendored: [
    /(^|\/)(node_modules|vendor|vendored|third[-_]?party|bower_components|\.?venv|virtualenv|site-packages|Pods|Carthage|\.yarn|\.pnpm-store)\//,
    /\.min\.(js|css)$/,
    /(^|\/)(jquery|bootstrap|modernizr|htmx|alpine|angular|socket\.io|d3|lodash|moment|underscore|backbone|knockout|prototype|react-dom|vue\.global|chart)([.-][\w.-]*)?\.(js|css)$/i,
  ],
  generated: [
    /(^|\/)(dist|dev-dist|__generated__|generated|_build|coverage|\.next|\.nuxt|storybook-static)\//,
    /\.(min\.(js|css)|map|pb\.go|pb\.[a-z]+|g\.dart|freezed\.dart|designer\.cs|snap)$/,
    /[._](gen|generated)\.[a-z]+$/,
    /[.-]bundle(\.[\w-]+)?\.(m?js|css)$/,
    // Named by its content, as bundlers do.
    /(^|\/)(static|public|assets|wwwroot)\/.*[.-](?=\w*\d)(\w{8}|[0-9a-f]{8,32})\.(m?js|css)$/,
    /_pb2(_grpc)?\.pyi?$/,
  ],
  'lock files': [new RegExp(`(^|/)(${lockNames})$`)],
};

/** Whether `path` is in `set` by its name. */
export function isInSet(path: string, set: SetName): boolean {
  return sets[set].some((pattern) => pattern.test(path));
}

/** Whether the first lines of a text say that a program wrote it. */
export function saysGenerated(text: string): boolean {
  return /@generated|code generated .*do not edit|auto-?generated (by|file)|this file (was|is) (automatically )?generated/i.test(
    text.slice(0, headLengthMax),
  );
}

const headLengthMax = 600;
