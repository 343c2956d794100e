/** `path` as a step means it: from the step's folder unless it is absolute. */
export function fromCwd(cwd: string, path: string): string {
  return path.startsWith('/') ? path : `${cwd}/${path}`;
}
