/**
 * Which revision of a repository is looked at: its commit, its branch, and whether the folder differs from that commit.
 *
 * Invariants:
 * - The repository is trusted to be nothing: no program that its configuration or its attributes name is started. Each filter that is
 *   configured is set to nothing first, by its name, wherever it is configured.
 * - What git cannot tell is null, and no reason not to audit.
 */
import { execa } from 'execa';
import { gitEnvironment } from '../host/git.ts';
import type { Host } from '../host/host.ts';
import type { Revision } from '../run/event.ts';

const timeoutMs = 20_000;

/** The revision of what is in `folder` (absolute); null: it is in no repository that git reads. */
export async function revisionOf({ machine }: Host, folder: string): Promise<Revision | null> {
  const own = Object.entries(machine.env).filter(([name]) => !/^GIT_/.test(name));
  const git = new Git(folder, { ...Object.fromEntries(own), ...gitEnvironment, GIT_ALLOW_PROTOCOL: '' });
  const [commit, branch] = await Promise.all([
    git.said(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']),
    git.said(['symbolic-ref', '--short', '--quiet', 'HEAD']),
  ]);
  if (commit === null && branch === null) return null;
  const id = commit === null || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit.trim()) ? null : commit.trim();
  return { commit: id, branch: branch?.trim() ?? null, dirty: await isDirty(git) };
}

/** Whether something in the folder differs from its commit, files that git does not know included; null: it cannot be told. */
async function isDirty(git: Git): Promise<boolean | null> {
  const unset = await withoutFilters(git);
  if (unset === null) return null;
  const status = [
    'status',
    '--porcelain=v1',
    '--untracked-files=normal',
    '--ignore-submodules=all',
    '--no-renames',
    '--',
    '.',
  ];
  const said = await git.with(unset).said(status);
  return said === null ? null : said.trim() !== '';
}

/** Settings that take its command from every filter; null: they cannot be listed. An empty command is no filter. */
async function withoutFilters(git: Git): Promise<readonly (readonly [string, string])[] | null> {
  const said = await git.said(['config', '--null', '--name-only', '--get-regexp', '^filter\\.'], [0, 1]);
  if (said === null) return null;
  const names = new Set(said.split('\0').flatMap((key) => /^filter\.(.*)\.[^.]*$/s.exec(key)?.[1] ?? []));
  return [...names].flatMap((name) => [
    [`filter.${name}.clean`, ''],
    [`filter.${name}.smudge`, ''],
    [`filter.${name}.process`, ''],
    [`filter.${name}.required`, 'false'],
  ]);
}

class Git {
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(folder: string, env: Readonly<Record<string, string | undefined>>) {
    this.#folder = folder;
    this.#env = env;
  }

  /** The same with more settings. They go by the environment: a name of a filter may hold any character. */
  with(settings: readonly (readonly [string, string])[]): Git {
    const count = Number(gitEnvironment['GIT_CONFIG_COUNT']);
    const more = settings.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${count + index}`, key],
      [`GIT_CONFIG_VALUE_${count + index}`, value],
    ]);
    const env = { ...this.#env, ...Object.fromEntries(more), GIT_CONFIG_COUNT: String(count + settings.length) };
    return new Git(this.#folder, env);
  }

  /** What git prints; null: it ends otherwise than with one of `codes`, or is not there. */
  async said(args: readonly string[], codes: readonly number[] = [0]): Promise<string | null> {
    const options = {
      env: this.#env,
      extendEnv: false,
      reject: false,
      timeout: timeoutMs,
      stripFinalNewline: false,
    } as const;
    const result = await execa('git', ['-C', this.#folder, ...args], { ...options, maxBuffer: 64 * 1024 * 1024 });
    return result.exitCode !== undefined && codes.includes(result.exitCode) ? result.stdout : null;
  }
}
