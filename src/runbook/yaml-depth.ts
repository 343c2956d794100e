/** YAML that is nested deeper than the stack of its parser, which says so in words of its own. */

/** What is said of a text that is nested so deep that it cannot be read. */
export const tooDeep = 'it is nested too deep';

/** True for a problem of the parser, noted or thrown, that is one of depth. */
export function isTooDeep(problem: unknown): boolean {
  if (problem instanceof RangeError) return true;
  return problem instanceof Error && 'code' in problem && problem.code === 'RESOURCE_EXHAUSTION';
}
