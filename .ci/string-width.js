/*
 * Stands before string-width, which Ink asks for the width of every text it lays out. What a screen of ours is made of is told by a
 * look at each character; string-width and its tables of Unicode are loaded only when a text holds anything else, since that takes longer
 * than a first frame has.
 */
/** string-width itself. A `require`, not an import: the bundler then leaves it unread until it is called. */
const slow = (text, options) => require('../node_modules/string-width/index.js').default(text, options);

const style = /\u001b\[[0-9;]*m/g;

/** One cell each: ASCII, Latin, punctuation that is drawn, arrows, lines and blocks, and the marks of steps. */
function isPlain(code) {
  return (
    (code >= 0x20 && code < 0x7f) ||
    (code >= 0xa1 && code < 0x300 && code !== 0xad) ||
    (code >= 0x2010 && code < 0x2028) ||
    (code >= 0x2190 && code < 0x2194) ||
    (code >= 0x2500 && code < 0x25aa) ||
    code === 0x25b8 ||
    code === 0x2713 ||
    code === 0x2717
  );
}

/** The cells that `text` takes, as string-width tells them. */
export default function stringWidth(text, options) {
  if (typeof text !== 'string' || options !== undefined) return slow(text, options);
  const shown = text.includes('\u001b') ? text.replace(style, '') : text;
  for (let at = 0; at < shown.length; at += 1) if (!isPlain(shown.charCodeAt(at))) return slow(text, options);
  return shown.length;
}
