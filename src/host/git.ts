/**
 * How git is called on a repository that is trusted to be nothing: its own configuration starts no program.
 *
 * Of git's settings these name programs that reading a repository may start. The filters that `.gitattributes` names are started by
 * `status` too, where each is set to nothing by its own name before; drivers of `diff` and `merge` by what we do not call.
 * An object that is missing is fetched by whatever command asks for it, with the programs of its remote: a repository that says it is a
 * partial clone needs no more than that, so no transport is left that starts a program of the repository's choice.
 */

const settings: readonly (readonly [string, string])[] = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['core.pager', 'cat'],
  ['core.sshCommand', 'false'],
  ['core.askPass', ''],
  ['credential.helper', ''],
  ['gpg.program', 'false'],
  ['gpg.ssh.program', 'false'],
  ['gpg.x509.program', 'false'],
  ['protocol.ext.allow', 'never'],
];

/** Words that follow `git`. */
export const gitFlags: readonly string[] = settings.flatMap(([key, value]) => ['-c', `${key}=${value}`]);

/** The same as variables of the environment, for commands that call git themselves. */
export const gitEnvironment: Readonly<Record<string, string>> = {
  GIT_CONFIG_COUNT: String(settings.length),
  ...Object.fromEntries(
    settings.flatMap(([key, value], index) => [
      [`GIT_CONFIG_KEY_${index}`, key],
      [`GIT_CONFIG_VALUE_${index}`, value],
    ]),
  ),
  GIT_ALLOW_PROTOCOL: 'http:https',
  GIT_NO_LAZY_FETCH: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
};
