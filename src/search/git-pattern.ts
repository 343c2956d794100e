/**
 * The patterns of git's own files: rules of `.gitignore`, lines of `.gitattributes`.
 *
 * Invariant: matching is linear in the length of a path, whatever the pattern.
 *
 * Source: gitignore(5), gitattributes(5).
 */
import { compileRegex } from '../runbook/regex.ts';
import { segmentPattern } from './glob-pattern.ts';

/** `path`: from the folder of the file that holds the pattern; `name`: its last part. */
export type MatchesPath = (path: string, name: string) => boolean;

/** A pattern with a slash other than at its end is for the whole path, any other for a name at any depth. Null: it matches nothing. */
export function gitPattern(written: string): MatchesPath | null {
  const anchored = written.includes('/');
  const source = written.startsWith('/') ? written.slice(1) : written;
  if (source === '') return null;
  return anchored ? anchoredMatch(source) : nameMatch(source);
}

function nameMatch(source: string): MatchesPath | null {
  if (!/[*?[\\]/.test(source)) return (_path, name) => name === source;
  if (/^\*\.[\w.-]+$/.test(source)) return (_path, name) => name.endsWith(source.slice(1));
  const whole = compileWhole(segmentPattern(source));
  return whole === null ? null : (_path, name) => whole(name);
}

function anchoredMatch(source: string): MatchesPath | null {
  if (!/[*?[\\]/.test(source)) return (path) => path === source;
  const parts = source.split('/');
  const pattern = parts.map((part, index) => {
    const last = index === parts.length - 1;
    if (part === '**') return last ? '.+' : '(?:.*/)?';
    return segmentPattern(part) + (last ? '' : '/');
  });
  const whole = compileWhole(pattern.join(''));
  return whole === null ? null : (path) => whole(path);
}

function compileWhole(source: string): ((text: string) => boolean) | null {
  const compiled = compileRegex(`(?s)${source}`);
  return compiled.ok ? (text) => compiled.regex.matchesWhole(text) : null;
}
