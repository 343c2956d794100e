/** What every text for a shell over there is made with. */

/** Where the tools of the protocol are, whatever the PATH over there says. */
export const toolPath = '/usr/bin:/bin:/usr/sbin:/sbin:/run/current-system/sw/bin';

/** A word for the shell over there, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
