/**
 * The spellings of a secret as whole texts, for filters that find texts and nothing else. `secret-forms.ts` has all of them, mixed too.
 *
 * Invariant: pure and total; no text is empty.
 */
import { encodedTexts, secretValues } from './secret-forms.ts';

/** The value, each of its lines from `secretCharactersMin` characters on, and how formats write these; each once. */
export function literalsOf(secret: string): readonly string[] {
  const values = secretValues(secret);
  const spelled = values.flatMap(spellings);
  return [...new Set([...spelled, ...spelled.map(lowered), ...values.flatMap(encodedTexts)])].filter(
    (text) => text !== '',
  );
}

function spellings(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const url = encodeURIComponent(asPrinted(value));
  // What it leaves as it is, others write by its code.
  const strict = url.replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  const urls = [url, strict, strict.replaceAll('%20', '+')].flatMap((text) => [
    text,
    text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    text.replaceAll('%', '%25'),
  ]);
  const html = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return [
    value,
    json,
    json.replaceAll('/', '\\/'),
    JSON.stringify(json).slice(1, -1),
    ...urls,
    html,
    html.replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
    html.replaceAll('"', '&#34;').replaceAll("'", '&#x27;'),
    value.replaceAll("'", "'\\''"),
    value.replaceAll("'", `'"'"'`),
    value.replaceAll('"', '""'),
    value.replaceAll("'", "''"),
    value.replace(/[^A-Za-z0-9_./:=@%+,-]/g, (one) => `\\${one}`),
    value.replaceAll('\n', '\r\n'),
  ];
}

/** As a program prints it: half a character has no bytes of its own. */
function asPrinted(value: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(value));
}

function lowered(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
